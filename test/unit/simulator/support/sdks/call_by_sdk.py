"""Makes one call by JD Cloud's SDK for Python and prints its response.

Takes one argument, JSON: endpoint, accessKey, secretKey, regionId, operation, options, headers.
"""

import importlib
import inspect
import json
import sys

from jdcloud_sdk.core.config import Config
from jdcloud_sdk.core.credential import Credential
from jdcloud_sdk.core.logger import ERROR, Logger
from jdcloud_sdk.services.vm.client.VmClient import VmClient


def capital(name):
    return name[0].upper() + name[1:]


def parameters_of(kind, values):
    """Required ones go to the constructor, the others by their setters: unset ones stay None."""
    required = [name for name in inspect.signature(kind).parameters]
    parameters = kind(*[values[name] for name in required])
    for name in values:
        if name not in required:
            getattr(parameters, "set" + capital(name))(values[name])
    return parameters


def main():
    call = json.loads(sys.argv[1])
    request = capital(call["operation"])
    module = importlib.import_module("jdcloud_sdk.services.vm.apis.%sRequest" % request)
    values = dict(call["options"], regionId=call["regionId"])
    parameters = parameters_of(getattr(module, request + "Parameters"), values)
    client = VmClient(
        Credential(call["accessKey"], call["secretKey"]),
        Config(call["endpoint"], "http"),
        Logger(ERROR),
    )
    response = client.send(getattr(module, request + "Request")(parameters, call["headers"]))
    print(json.dumps(response.__dict__, default=vars))


main()
