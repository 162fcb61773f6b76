"""django-pg-zero-downtime-migrations with the timeouts that its README recommends, in a migration that is not atomic."""

import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django_zero_downtime_migrations.backends.postgres", "NAME": "postgres"}},
    INSTALLED_APPS=[],
    ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT="2s",
    ZERO_DOWNTIME_MIGRATIONS_STATEMENT_TIMEOUT="2s",
    ZERO_DOWNTIME_MIGRATIONS_FLEXIBLE_STATEMENT_TIMEOUT=True,
    ZERO_DOWNTIME_MIGRATIONS_RAISE_FOR_UNSAFE=True,
)
django.setup()

from django.db import connection, migrations, models  # noqa: E402
from django.db.migrations.state import ModelState, ProjectState  # noqa: E402

import protocol  # noqa: E402

APP = "shop"


def before():
    state = ProjectState()
    state.add_model(
        ModelState(APP, "Customer", [("id", models.IntegerField(primary_key=True))], {"db_table": "customers"})
    )
    state.add_model(
        ModelState(
            APP,
            "Order",
            [
                ("id", models.IntegerField(primary_key=True)),
                ("customer", models.IntegerField(null=True, db_column="customer_id")),
                ("total", models.IntegerField()),
            ],
            {"db_table": "orders"},
        )
    )
    return state


def operation():
    if sys.argv[1] == "foreign-key":
        key = models.ForeignKey(
            "shop.Customer", models.DO_NOTHING, null=True, db_column="customer_id", db_index=False
        )
        return migrations.AlterField("Order", "customer", key)
    condition = models.CheckConstraint(condition=models.Q(total__gt=-1000000), name="wanted")
    return migrations.AddConstraint("Order", condition)


def change():
    wanted = operation()
    old = before()
    new = old.clone()
    wanted.state_forwards(APP, new)
    with connection.schema_editor(atomic=False) as editor:
        wanted.database_forwards(APP, editor, old, new)


protocol.carry_out(connection.ensure_connection, change)
