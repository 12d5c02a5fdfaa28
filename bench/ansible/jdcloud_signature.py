"""Signs calls to JD Cloud by JDCLOUD2-HMAC-SHA256, on nothing but Python's own library."""

import hashlib
import hmac
import uuid
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

ALGORITHM = "JDCLOUD2-HMAC-SHA256"
SERVICE = "vm"


def signed_request(method, endpoint, region, path, body, access_key, secret_key, at=None, nonce=None):
    """Returns the URL to call and its headers. `path` and `body` are in clear; the body is sent as the bytes given."""
    date = (at or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    encoded_path = quote(path, safe="/-_.~")
    signed = {
        "host": urlsplit(endpoint).netloc,
        "x-jdcloud-date": date,
        "x-jdcloud-nonce": nonce or str(uuid.uuid4()),
    }
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = "\n".join([method, encoded_path, "", lines, names, hashlib.sha256(body).hexdigest()])
    scope = f"{date[:8]}/{region}/{SERVICE}/jdcloud2_request"
    text = "\n".join([ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"JDCLOUD2{secret_key}".encode()
    for step in scope.split("/"):
        key = _hmac(key, step)
    authorization = f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={names}, Signature={_hmac(key, text).hex()}"
    return endpoint + encoded_path, {**signed, "authorization": authorization}


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
