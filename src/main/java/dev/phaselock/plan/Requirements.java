package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What must be there for a change: tables, columns and privileges. Each refusal names what is missing, and the statement
 * or the name that helps.
 */
final class Requirements {
    /** Below are the server's own objects (FirstNormalObjectId, transam.h). */
    private static final long FIRST_USER_OID = 16_384;

    private static final int OLDEST = 13;

    private final CatalogFacts facts;
    private final String role;

    Requirements(CatalogFacts facts) {
        this.facts = facts;
        this.role = facts.server().role();
    }

    /** A server that can be changed, of a version that is known. */
    static void server(Server server) {
        if (server.major() < OLDEST) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "PostgreSQL " + server.text() + " is too old: " + OLDEST + " is the oldest that is supported");
        }
        if (server.standby()) {
            throw new RefusedException(
                    Reason.READ_ONLY, "the server is a standby: connect to the primary (a read-write service)");
        }
        if (server.readOnly()) {
            throw new RefusedException(
                    Reason.READ_ONLY,
                    "transactions are read-only here: default_transaction_read_only is on for the user (ALTER ROLE … SET),"
                            + " the database (ALTER DATABASE … SET) or the server; turn it off there, or connect as"
                            + " another user");
        }
    }

    /** A relation of one of these kinds, in a schema that may be used. */
    Table table(QualifiedName requested, Set<Kind> kinds) {
        Table table = facts.tables().get(requested);
        if (table == null) {
            String meant = Nearest.to(
                            requested.name().name(),
                            facts.otherTables(),
                            other -> other.name().name())
                    .map(other -> "; did you mean " + other + "?")
                    .orElse("");
            throw new RefusedException(Reason.INVALID_TARGET, "table " + inQuotes(requested) + " is not there" + meant);
        }
        if (!kinds.contains(table.kind())) {
            throw new RefusedException(
                    Reason.INVALID_TARGET,
                    "%s is a %s".formatted(table.name(), table.kind().label()));
        }
        if (table.relation().oid() < FIRST_USER_OID) {
            throw new RefusedException(Reason.INVALID_TARGET, table.name() + " is a table of PostgreSQL itself");
        }
        if (!table.privileges().schemaUsage()) {
            throw denied(
                    "may not use the schema of " + table.name(),
                    "GRANT USAGE ON SCHEMA " + Names.quoted(Names.schema(table)) + " TO " + Names.quoted(role));
        }
        return table;
    }

    /** Columns of a table. */
    static List<Column> columns(Table table, List<String> names) {
        List<Column> columns = new ArrayList<>();
        for (String name : names) {
            columns.add(table.column(name).orElseThrow(() -> {
                String meant = Nearest.to(name, table.columns(), Column::name)
                        .map(near -> "; did you mean " + Names.shown(near.name()) + "?")
                        .orElse("");
                return new RefusedException(
                        Reason.INVALID_TARGET,
                        "column \"%s\" of %s is not there%s".formatted(name, table.name(), meant));
            }));
        }
        return columns;
    }

    /** A constraint of a table. */
    static Constraint constraint(Table table, String name) {
        return table.constraint(name).orElseThrow(() -> {
            String meant = Nearest.to(name, table.constraints(), Constraint::name)
                    .map(near -> "; did you mean " + Names.shown(near.name()) + "?")
                    .orElse("");
            return new RefusedException(
                    Reason.INVALID_TARGET,
                    "constraint \"%s\" of %s is not there%s".formatted(name, table.name(), meant));
        });
    }

    /** The right to alter all of the tables. */
    void owner(List<Table> tables) {
        for (Table table : tables) {
            if (!table.privileges().owner()) {
                throw denied(
                        "is not the owner of %s, %s is".formatted(table.name(), Names.shown(table.owner())),
                        "GRANT %s TO %s".formatted(Names.quoted(table.owner()), Names.quoted(role))
                                + " (or name a role that is in database.role, or change the owner by ALTER TABLE %s OWNER TO %s)"
                                        .formatted(table.name().quoted(), Names.quoted(role)));
            }
        }
    }

    /** The right to make an index of the tables: in their schemas, which being their owner does not give. */
    void createIndex(List<Table> tables) {
        owner(tables);
        for (Table table : tables) {
            if (!table.privileges().schemaCreate()) {
                throw denied(
                        "may not create in the schema of " + table.name(),
                        "GRANT CREATE ON SCHEMA " + Names.quoted(Names.schema(table)) + " TO " + Names.quoted(role));
            }
        }
    }

    /** The right to refer to the columns. */
    void references(Table table, List<Column> columns) {
        if (!table.privileges().references() && !columns.stream().allMatch(Column::references)) {
            throw denied("may not refer to " + table.name(), grant("REFERENCES", table, columns));
        }
    }

    /** The owner's right to look rows up: without it every new referencing row would be refused. */
    static void ownerReads(Table table) {
        if (!table.ownerReads()) {
            String owner = Names.quoted(table.owner());
            throw new RefusedException(
                    Reason.PERMISSION_DENIED,
                    "PostgreSQL looks referenced rows up as %s, the owner of %s, which may not: GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT, UPDATE ON %s TO %s"
                            .formatted(
                                    Names.shown(table.owner()),
                                    table.name(),
                                    Names.quoted(Names.schema(table)),
                                    owner,
                                    table.name().quoted(),
                                    owner));
        }
    }

    /** The right to read the columns. Without it a validation looks up, and locks, each referenced row by itself. */
    void select(Table table, List<Column> columns) {
        if (!table.privileges().select() && !columns.stream().allMatch(Column::select)) {
            throw denied("may not read " + table.name(), grant("SELECT", table, columns));
        }
    }

    /** The right to read all of the tables. */
    void selectAll(List<Table> tables) {
        for (Table table : tables) {
            if (!table.privileges().select()) {
                throw denied(
                        "may not read " + table.name(),
                        "GRANT SELECT ON %s TO %s".formatted(table.name().quoted(), Names.quoted(role)));
            }
        }
    }

    /** That row security hides no rows of the tables from the role. */
    void noRowSecurity(List<Table> tables, String otherwise) {
        for (Table table : tables) {
            if (table.privileges().rowSecurity()) {
                throw new RefusedException(
                        Reason.ROW_SECURITY,
                        "row security of %s may hide rows from role %s, and a validation would lie: %s"
                                .formatted(table.name(), Names.shown(role), otherwise.formatted(Names.quoted(role))));
            }
        }
    }

    private String grant(String privilege, Table table, List<Column> columns) {
        return "GRANT %s (%s) ON %s TO %s"
                .formatted(
                        privilege,
                        Names.quoted(columns.stream().map(Column::name).toList()),
                        table.name().quoted(),
                        Names.quoted(role));
    }

    private RefusedException denied(String what, String help) {
        return new RefusedException(Reason.PERMISSION_DENIED, "role " + Names.shown(role) + " " + what + ": " + help);
    }

    /** As PostgreSQL's own messages have it. */
    private static String inQuotes(QualifiedName name) {
        Identifier schema = name.schema();
        return '"' + (schema == null ? "" : schema.name() + ".") + name.name().name() + '"';
    }
}
