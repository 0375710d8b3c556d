# SPDX-License-Identifier: Apache-2.0
"""Notes over HTTP; each route needs something that a stripped image may lack."""
import os
import sqlite3
import tempfile

from flask import Flask, jsonify, render_template, request

application = Flask(__name__)


def database():
    return sqlite3.connect(os.environ["APP_DATABASE"], timeout=10)


@application.get("/")
def index():
    return render_template("index.html", worker=os.getpid())


@application.post("/notes")
def add_note():
    with database() as db:
        row = db.execute("insert into note (body) values (?)", (request.get_json()["body"],))
        return jsonify(id=row.lastrowid), 201


@application.get("/notes/<int:number>")
def get_note(number):
    row = database().execute("select body from note where id = ?", (number,)).fetchone()
    return jsonify(body=row[0]) if row else (jsonify(error="no such note"), 404)


@application.get("/time/<path:zone>")
def time_in(zone):
    from datetime import datetime, timezone  # lazy: imported when first asked for
    from zoneinfo import ZoneInfo

    noon = datetime(2024, 7, 1, 12, 0, tzinfo=timezone.utc)
    return noon.astimezone(ZoneInfo(zone)).isoformat()


@application.get("/number")
def number():
    import locale

    locale.setlocale(locale.LC_ALL, "")
    return locale.format_string("%.2f", 1234567.891, grouping=True)


@application.get("/authorities")
def authorities():
    import ssl

    return jsonify(ssl.create_default_context().cert_store_stats())


@application.get("/tls/<int:port>")
def tls(port):
    import ssl
    import urllib.error
    import urllib.request

    try:
        urllib.request.urlopen(f"https://localhost:{port}/", timeout=5)
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            return "not trusted"
        raise
    return "trusted"


@application.post("/digest")
def digest():
    import hashlib

    with tempfile.NamedTemporaryFile() as spool:
        for part in iter(lambda: request.stream.read(65536), b""):
            spool.write(part)
        spool.flush()
        spool.seek(0)
        return hashlib.sha256(spool.read()).hexdigest()


@application.get("/report.csv")
def report():
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows(database().execute("select id, body from note order by id limit 5"))
    return out.getvalue(), {"Content-Type": "text/csv"}


@application.get("/xml")
def never_tested():
    import xml.dom.minidom  # no test asks for this: the image may do without

    return xml.dom.minidom.parseString("<a/>").toxml()
