package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Judges the statements that alter, drop or say something about what is there. */
final class AlteringStatements {
    private static final Map<String, Kind> DROPPED = Map.ofEntries(
            Map.entry("OBJECT_FUNCTION", Kind.FUNCTION),
            Map.entry("OBJECT_PROCEDURE", Kind.FUNCTION),
            Map.entry("OBJECT_ROUTINE", Kind.FUNCTION),
            Map.entry("OBJECT_VIEW", Kind.VIEW),
            Map.entry("OBJECT_MATVIEW", Kind.MATERIALIZED_VIEW),
            Map.entry("OBJECT_SEQUENCE", Kind.SEQUENCE),
            Map.entry("OBJECT_TYPE", Kind.TYPE),
            Map.entry("OBJECT_DOMAIN", Kind.DOMAIN),
            Map.entry("OBJECT_SCHEMA", Kind.SCHEMA),
            Map.entry("OBJECT_EXTENSION", Kind.EXTENSION),
            Map.entry("OBJECT_POLICY", Kind.POLICY),
            Map.entry("OBJECT_STATISTIC_EXT", Kind.STATISTICS));

    /** A comment on these locks them as a relation. */
    private static final Set<String> RELATIONS = Set.of(
            "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_INDEX", "OBJECT_FOREIGN_TABLE");

    private final JudgedStatement judged;
    private final SqlStatement statement;
    private final JsonNode tree;

    AlteringStatements(JudgedStatement judged) {
        this.judged = judged;
        this.statement = judged.statement();
        this.tree = judged.tree();
    }

    /** Null for a statement that does none of that. */
    @Nullable
    RunStatement judge() {
        return switch (statement.kind()) {
            case "AlterPolicyStmt" ->
                judged.repeatable(
                                "policy "
                                        + new Identifier(
                                                tree.path("policy_name").asText()),
                                TreeNames.relation(tree.path("table")))
                        .locking(TreeNames.relation(tree.path("table")), LockMode.ACCESS_EXCLUSIVE)
                        .build();
            case "GrantStmt" -> {
                judged.requireRestrict(tree);
                yield judged.repeatable(
                                right(tree),
                                TreeNames.named(tree.path("objects").path(0)))
                        .build();
            }
            case "GrantRoleStmt" -> {
                judged.requireRestrict(tree);
                yield judged.repeatable(
                                right(tree),
                                new QualifiedName(
                                        null,
                                        new Identifier(
                                                tree.findPath("priv_name").asText("role"))))
                        .build();
            }
            case "AlterDefaultPrivilegesStmt" -> {
                judged.requireRestrict(tree.path("action"));
                yield judged.repeatable("default privileges", new QualifiedName(null, new Identifier("privileges")))
                        .build();
            }
            case "CommentStmt" -> comment();
            case "AlterOwnerStmt" ->
                judged.repeatable("owner", TreeNames.named(tree.path("object"))).build();
            case "AlterFunctionStmt" ->
                judged.repeatable("function", TreeNames.named(tree.path("func")))
                        .build();
            case "AlterSeqStmt" -> alterSequence();
            case "AlterEnumStmt" -> renameValue();
            case "RenameStmt" -> tree.path("renameType").asText().equals("OBJECT_INDEX") ? renameIndex() : null;
            case "AlterTableStmt" -> alter();
            case "DropStmt" -> drop();
            default -> null;
        };
    }

    private RunStatement comment() {
        String type = tree.path("objtype").asText();
        QualifiedName name = TreeNames.named(tree.path("object"));
        StatementDraft draft = judged.repeatable("comment on " + name, name);
        List<String> parts = TreeNames.texts(tree.path("object").path("List").path("items"));
        if (RELATIONS.contains(type)) {
            draft.locking(name, LockMode.SHARE_UPDATE_EXCLUSIVE);
        } else if (type.equals("OBJECT_COLUMN") && parts.size() > 1) {
            draft.locking(TreeNames.name(parts.subList(0, parts.size() - 1)), LockMode.SHARE_UPDATE_EXCLUSIVE);
        }
        return draft.build();
    }

    private RunStatement alterSequence() {
        if (judged.hasOption("restart")) {
            throw judged.refuse("run again it would give values that were given already: SELECT setval(…) by hand");
        }
        QualifiedName name = TreeNames.relation(tree.path("sequence"));
        StatementDraft draft = judged.repeatable("sequence " + name, name).locking(name, LockMode.SHARE_ROW_EXCLUSIVE);
        draft.whereMissing = tree.path("missing_ok").booleanValue();
        return draft.build();
    }

    private RunStatement renameValue() {
        if (!tree.has("oldVal")) {
            throw judged.refuse("addEnumValue does it");
        }
        StatementDraft draft =
                judged.once(Effect.VALUE_RENAMED, Kind.TYPE, "value of type", TreeNames.name(tree.path("typeName")));
        draft.details.add(tree.path("oldVal").asText());
        draft.details.add(tree.path("newVal").asText());
        return draft.build();
    }

    /** The one renaming that breaks no client. */
    private RunStatement renameIndex() {
        QualifiedName name = TreeNames.relation(tree.path("relation"));
        StatementDraft draft = judged.once(Effect.INDEX_RENAMED, Kind.OTHER, "new name of index", name)
                .locking(name, LockMode.SHARE_UPDATE_EXCLUSIVE);
        draft.details.add(tree.path("newname").asText());
        draft.whereMissing = tree.path("missing_ok").booleanValue();
        return draft.build();
    }

    private RunStatement alter() {
        QualifiedName name = TreeNames.relation(tree.path("relation"));
        JsonNode command = tree.path("cmds").path(0).path("AlterTableCmd");
        if (tree.path("cmds").size() == 1 && command.path("subtype").asText().equals("AT_ChangeOwner")) {
            return judged.repeatable("owner of " + name, name)
                    .locking(name, LockMode.ACCESS_EXCLUSIVE)
                    .build();
        }
        if (!tree.path("objtype").asText().equals("OBJECT_TYPE")) {
            throw judged.refuse(
                    "of ALTER TABLE only OWNER TO runs as it is; the operations of a SchemaChange do the rest");
        }
        JsonNode column = command.path("def").path("ColumnDef");
        if (tree.path("cmds").size() != 1 || !command.path("subtype").asText().equals("AT_AddColumn")) {
            throw judged.refuse(
                    "of a composite type only one ADD ATTRIBUTE runs as it is; the others break what uses the type");
        }
        judged.requireRestrict(command);
        List<Token> tokens = statement.tokens();
        int type = TokenLists.end(tokens, TokenLists.next(tokens, "ATTRIBUTE", 0) + 1);
        int last = tokens.size();
        while (last > type && TokenLists.isWord(tokens.get(last - 1), "RESTRICT")) {
            last--;
        }
        StatementDraft draft = judged.once(Effect.ATTRIBUTE_ADDED, Kind.TYPE, "attribute of type", name);
        draft.details.add(column.path("colname").asText());
        draft.details.add(statement.cut(tokens.subList(type, last)));
        return draft.build();
    }

    private RunStatement drop() {
        String type = tree.path("removeType").asText();
        Kind kind = DROPPED.get(type);
        if (kind == null) {
            throw judged.refuse("what it drops is not in the list");
        }
        judged.requireRestrict(tree);
        List<QualifiedName> names = new ArrayList<>();
        List<@Nullable String> details = new ArrayList<>();
        List<List<Token>> pieces = TokenLists.split(statement.tokens());
        for (int i = 0; i < tree.path("objects").size(); i++) {
            JsonNode object = tree.path("objects").path(i);
            if (kind == Kind.POLICY) {
                List<String> parts = TreeNames.texts(object.path("List").path("items"));
                names.add(TreeNames.name(parts.subList(0, parts.size() - 1)));
                details.add(parts.getLast());
            } else {
                names.add(TreeNames.named(object));
            }
            if (kind == Kind.FUNCTION) {
                details.add(
                        object.path("ObjectWithArgs").path("args_unspecified").booleanValue()
                                ? null
                                : TokenLists.arguments(statement, pieces.get(i)));
            }
        }
        StatementDraft draft = judged.once(
                Effect.DROPPED,
                kind,
                "drop of " + kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                names.getFirst());
        draft.objects = names;
        draft.details.addAll(details);
        draft.whereMissing = tree.path("missing_ok").booleanValue();
        if (kind == Kind.VIEW || kind == Kind.MATERIALIZED_VIEW || kind == Kind.SEQUENCE || kind == Kind.POLICY) {
            names.forEach(name -> draft.locking(name, LockMode.ACCESS_EXCLUSIVE));
        }
        return draft.build();
    }

    private static String right(JsonNode tree) {
        return tree.path("is_grant").booleanValue() ? "grant" : "revoke";
    }
}
