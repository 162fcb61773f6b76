"""Alembic, as it comes: one statement in a transaction, without a timeout."""

import sys

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine

import protocol

engine = create_engine("postgresql+psycopg://")


def change():
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        if sys.argv[1] == "foreign-key":
            op.create_foreign_key("wanted", "orders", "customers", ["customer_id"], ["id"])
        else:
            op.create_check_constraint("wanted", "orders", "total > -1000000")


protocol.carry_out(lambda: engine.connect().close(), change)
