"""`ansible.builtin.uri` with JD Cloud's signature.

A header that a filter signs would not do: Ansible templates a task once, so that each retry of an `until` would send
the same date and nonce, which JD Cloud refuses. An action plugin runs anew for each retry.
"""

import json

from ansible.plugins.action import ActionBase
from jdcloud_signature import signed_request


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        given = self._task.args
        method = given.get("method", "GET")
        body = json.dumps(given["body"]) if "body" in given else ""
        region = given["region"]
        url, headers = signed_request(
            method=method,
            endpoint=given["endpoint"],
            region=region,
            path=f"/v1/regions/{region}/{given['path']}",
            body=body.encode(),
            access_key=given["access_key"],
            secret_key=given["secret_key"],
        )
        uri = {"url": url, "method": method, "headers": {**headers, "content-type": "application/json"}}
        if body:
            uri["body"] = body
        return self._execute_module("ansible.builtin.uri", module_args=uri, task_vars=task_vars)
