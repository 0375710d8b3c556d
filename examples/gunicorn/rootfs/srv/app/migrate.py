# SPDX-License-Identifier: Apache-2.0
"""Brings the database to the schema that the application expects."""
import os
import sqlite3

STEPS = [
    "create table note (id integer primary key, body text not null)",
    "create index note_body on note (body)",
]

with sqlite3.connect(os.environ["APP_DATABASE"]) as db:
    done = db.execute("pragma user_version").fetchone()[0]
    for number, step in enumerate(STEPS[done:], done + 1):
        db.execute(step)
        db.execute(f"pragma user_version = {number}")
