package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.AlterConstraintSpec;
import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropDefaultSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetReplicaIdentitySpec;
import dev.phaselock.api.SetRowSecuritySpec;
import dev.phaselock.api.SetStorageParametersSpec;
import dev.phaselock.sql.Fragments;
import dev.phaselock.sql.InvalidFragmentException;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;

/** The parts of one ALTER TABLE. */
final class TableChange {
    private final PgParser parser;
    private final String table;
    private final List<List<Token>> pieces;

    TableChange(PgParser parser, Node statement, String table) throws InconvertibleException {
        this.parser = parser;
        this.table = table;
        this.pieces = Pieces.split(statement.statement().tokens());
        if (pieces.size() != statement.json().path("cmds").size()) {
            throw statement.refuse("its parts cannot be told apart");
        }
    }

    /** What the n-th part, from 0, is to do. */
    List<OperationSpec> of(int n, Node command) throws InconvertibleException {
        command.allow("subtype", "name", "def", "behavior", "missing_ok");
        return command.text("subtype").equals("AT_AddColumn")
                ? ColumnChange.add(parser, table, pieces.get(n), command)
                : List.of(one(n, command));
    }

    private OperationSpec one(int n, Node command) throws InconvertibleException {
        if (!command.text("behavior").equals("DROP_RESTRICT")) {
            throw command.refuse("CASCADE drops more than is named");
        }
        return switch (command.text("subtype")) {
            case "AT_AddConstraint" -> constraint(n, command.child("def").child("Constraint"));
            case "AT_SetNotNull" -> new SetNotNullSpec(table, command.name("name"));
            case "AT_DropNotNull" -> new DropNotNullSpec(table, command.name("name"));
            case "AT_DropConstraint" -> new DropConstraintSpec(table, command.name("name"));
            case "AT_AlterColumnType" -> ColumnChange.alter(parser, table, pieces.get(n), command);
            case "AT_AddIdentity" -> ColumnChange.identity(table, command);
            case "AT_SetStatistics" -> ColumnChange.statistics(table, command);
            case "AT_SetStorage" -> ColumnChange.storage(table, command);
            case "AT_DropColumn" -> new DropColumnSpec(table, command.name("name"));
            case "AT_ColumnDefault" ->
                command.json().has("def")
                        ? new SetDefaultSpec(
                                table,
                                command.name("name"),
                                Expression.cut(
                                        parser,
                                        command,
                                        Pieces.after(pieces.get(n), "DEFAULT").orElse(List.of()),
                                        command.json().path("def")))
                        : new DropDefaultSpec(table, command.name("name"));
            case "AT_SetRelOptions", "AT_ResetRelOptions" -> parameters(command);
            case "AT_EnableRowSecurity" -> new SetRowSecuritySpec(table, true, null);
            case "AT_DisableRowSecurity" -> new SetRowSecuritySpec(table, false, null);
            case "AT_ReplicaIdentity" -> {
                Node identity = command.child("def").child("ReplicaIdentityStmt");
                identity.allow("identity_type", "name");
                yield new SetReplicaIdentitySpec(
                        table,
                        switch (identity.text("identity_type")) {
                            case "d" -> SetReplicaIdentitySpec.Identity.DEFAULT;
                            case "f" -> SetReplicaIdentitySpec.Identity.FULL;
                            case "n" -> SetReplicaIdentitySpec.Identity.NOTHING;
                            default -> null;
                        },
                        identity.optionalName("name"));
            }
            case "AT_AlterConstraint" -> {
                String kind = command.child("def").json().has("ATAlterConstraint") ? "ATAlterConstraint" : "Constraint";
                Node constraint = command.child("def").child(kind);
                constraint.allow(
                        "conname", "deferrable", "initdeferred", "alterDeferrability", "contype", "is_enforced");
                yield new AlterConstraintSpec(
                        table,
                        constraint.name("conname"),
                        constraint.is("deferrable"),
                        constraint.flag("initdeferred"));
            }
            case "AT_DetachPartition" -> {
                Node partition = command.child("def").child("PartitionCmd");
                partition.allow("name", "concurrent");
                yield new DetachPartitionSpec(table, partition.child("name").table());
            }
            case "AT_AttachPartition" -> attach(command.child("def").child("PartitionCmd"));
            default -> throw command.refuse("it is no operation of a SchemaChange");
        };
    }

    private SetStorageParametersSpec parameters(Node command) throws InconvertibleException {
        boolean set = command.text("subtype").equals("AT_SetRelOptions");
        List<SetStorageParametersSpec.Parameter> parameters = new ArrayList<>();
        for (JsonNode each : command.json().path("def").path("List").path("items")) {
            Node option = new Node(command.statement(), each.path("DefElem"));
            option.allow("defnamespace", "defname", "arg", "defaction");
            // Without a value it is on.
            String value =
                    option.json().has("arg") ? IndexChange.value(option.json().path("arg")) : "true";
            if (value.isEmpty()) {
                throw command.refuse("the value of " + option.text("defname") + " is not understood");
            }
            String space = option.text("defnamespace");
            parameters.add(new SetStorageParametersSpec.Parameter(
                    (space.isEmpty() ? "" : space + ".") + option.text("defname"), set ? value : null));
        }
        return new SetStorageParametersSpec(table, parameters);
    }

    /** It is the only part of its statement, and nothing follows the bound. */
    private OperationSpec attach(Node partition) throws InconvertibleException {
        partition.allow("name", "bound");
        List<Token> tokens = partition.statement().tokens();
        List<Token> bound = tokens.stream()
                .dropWhile(token -> !token.text().equalsIgnoreCase("ATTACH"))
                .dropWhile(token ->
                        !token.text().equalsIgnoreCase("FOR") && !token.text().equalsIgnoreCase("DEFAULT"))
                .toList();
        String text = partition.statement().cut(bound);
        try {
            Fragments.requireOneBound(parser, text);
        } catch (InvalidFragmentException e) {
            throw partition.refuse("its bound: " + e.getMessage());
        }
        return new AttachPartitionSpec(table, partition.child("name").table(), text);
    }

    private OperationSpec constraint(int n, Node constraint) throws InconvertibleException {
        return switch (constraint.text("contype")) {
            case "CONSTR_FOREIGN" -> foreignKey(constraint);
            case "CONSTR_CHECK" -> check(n, constraint);
            case "CONSTR_UNIQUE" -> {
                constraint.allow(
                        "contype",
                        "conname",
                        "deferrable",
                        "initdeferred",
                        "nulls_not_distinct",
                        "keys",
                        "including",
                        "indexname",
                        "is_enforced",
                        "initially_valid");
                yield new AddUniqueSpec(
                        table,
                        constraint.optionalName("conname"),
                        constraint.names("keys"),
                        constraint.names("including"),
                        constraint.flag("nulls_not_distinct"),
                        constraint.flag("deferrable"),
                        constraint.flag("initdeferred"),
                        constraint.optionalName("indexname"));
            }
            case "CONSTR_PRIMARY" -> {
                constraint.allow(
                        "contype",
                        "conname",
                        "deferrable",
                        "initdeferred",
                        "keys",
                        "including",
                        "indexname",
                        "is_enforced",
                        "initially_valid");
                yield new AddPrimaryKeySpec(
                        table,
                        constraint.optionalName("conname"),
                        constraint.names("keys"),
                        constraint.names("including"),
                        constraint.flag("deferrable"),
                        constraint.flag("initdeferred"),
                        constraint.optionalName("indexname"));
            }
            case "CONSTR_EXCLUSION" -> {
                if (!constraint.json().has("conname")) {
                    throw constraint.refuse("give the constraint a name");
                }
                String definition = constraint
                        .statement()
                        .cut(Pieces.after(pieces.get(n), "EXCLUDE").orElse(List.of()));
                try {
                    Fragments.requireOneExclusion(parser, definition);
                } catch (InvalidFragmentException e) {
                    throw constraint.refuse("its definition: " + e.getMessage());
                }
                yield new AddExclusionSpec(table, constraint.name("conname"), definition);
            }
            default -> throw constraint.refuse("it is no operation of a SchemaChange");
        };
    }

    private OperationSpec foreignKey(Node key) throws InconvertibleException {
        key.allow(
                "contype",
                "conname",
                "deferrable",
                "initdeferred",
                "is_enforced",
                "skip_validation",
                "initially_valid",
                "pktable",
                "fk_attrs",
                "pk_attrs",
                "fk_matchtype",
                "fk_upd_action",
                "fk_del_action",
                "fk_del_set_cols");
        requireEnforced(key);
        return new AddForeignKeySpec(
                table,
                key.optionalName("conname"),
                key.names("fk_attrs"),
                new AddForeignKeySpec.References(key.child("pktable").table(), key.names("pk_attrs")),
                SqlChanges.action(key, "fk_del_action"),
                key.names("fk_del_set_cols"),
                SqlChanges.action(key, "fk_upd_action"),
                switch (key.text("fk_matchtype")) {
                    case "", "s" -> null;
                    case "f" -> AddForeignKeySpec.Match.FULL;
                    default -> throw key.refuse("MATCH PARTIAL is not built in PostgreSQL either");
                },
                key.flag("deferrable"),
                key.flag("initdeferred"));
    }

    private OperationSpec check(int n, Node check) throws InconvertibleException {
        check.allow(
                "contype", "conname", "is_enforced", "skip_validation", "initially_valid", "is_no_inherit", "raw_expr");
        requireEnforced(check);
        return new AddCheckSpec(
                table,
                check.optionalName("conname"),
                Expression.cut(
                        parser,
                        check,
                        Pieces.after(pieces.get(n), "CHECK")
                                .flatMap(Pieces::inside)
                                .orElse(List.of()),
                        check.json().path("raw_expr")),
                check.flag("is_no_inherit"));
    }

    private static void requireEnforced(Node constraint) throws InconvertibleException {
        if (!constraint.is("is_enforced")) {
            throw constraint.refuse("NOT ENFORCED is no operation of a SchemaChange");
        }
    }
}
