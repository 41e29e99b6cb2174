#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A time-stamp authority (RFC 3161) for tests: answers on 127.0.0.1 by `openssl ts -reply`.

Usage: time_stamp_authority.py FOLDER. FOLDER has the authority's tsa.key and tsa.pem. The port goes
into FOLDER/port when requests are taken. Ends after half a minute without a request.
"""
import http.server
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
config = folder / "tsa.cnf"
config.write_text(
    f"[tsa]\ndefault_tsa = own\n[own]\nserial = {folder}/serial\nsigner_digest = sha256\n"
    "default_policy = 1.2.3.4.1\ndigests = sha256, sha384, sha512\ness_cert_id_alg = sha256\n")
(folder / "serial").write_text("01\n")


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = folder / "query.tsq"
        query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        reply = subprocess.run(
            ["openssl", "ts", "-reply", "-config", config, "-queryfile", query, "-signer",
             folder / "tsa.pem", "-inkey", folder / "tsa.key"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *words):
        pass


class Server(http.server.HTTPServer):
    timeout = 30

    def handle_timeout(self):
        sys.exit()


server = Server(("127.0.0.1", 0), Authority)
part = folder / "port.part"
part.write_text(str(server.server_port))
part.rename(folder / "port")
while True:
    server.handle_request()
