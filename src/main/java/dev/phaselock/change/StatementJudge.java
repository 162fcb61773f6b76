package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.change.RunStatement.Locked;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.SqlStatements;
import dev.phaselock.sql.SqlSyntaxException;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a statement may run as it is, by PostgreSQL's own parser: a closed list, all else is refused. In the list is
 * what takes a strong lock of a table for a moment at most, by measurement on PostgreSQL 13 to 18 (RunStatementIT), and of
 * which the catalog says that it is done, or that may run twice.
 */
public final class StatementJudge {
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

    private final SqlStatement statement;
    private final JsonNode tree;

    private StatementJudge(SqlStatement statement) {
        this.statement = statement;
        this.tree = statement.tree();
    }

    /**
     * Judges one statement.
     *
     * @throws RefusedStatementException if it is anything else
     */
    public static RunStatement judge(PgParser parser, String sql) {
        List<SqlStatement> statements;
        try {
            statements = SqlStatements.of(parser, sql);
        } catch (SqlSyntaxException e) {
            throw new RefusedStatementException((e.position() == null ? "" : e.position() + ": ") + e.reason());
        }
        if (statements.size() != 1) {
            throw new RefusedStatementException("exactly one statement is wanted, not " + statements.size());
        }
        return judge(statements.getFirst());
    }

    /** Likewise, of a statement that is parsed already. */
    public static RunStatement judge(SqlStatement statement) {
        return new StatementJudge(statement).judge();
    }

    private RunStatement judge() {
        return switch (statement.kind()) {
            case "CreateFunctionStmt" -> {
                if (tree.path("sql_body").has("List")) {
                    throw refuse("a body of BEGIN ATOMIC is not understood: write it as a string, AS $$ … $$");
                }
                yield created(
                        tree.path("is_procedure").booleanValue() ? "procedure" : "function",
                        Kind.FUNCTION,
                        TreeNames.name(tree.path("funcname")),
                        tree.path("is_procedure").booleanValue() ? "PROCEDURE" : "FUNCTION");
            }
            case "ViewStmt" -> view();
            case "CreateTableAsStmt" -> materializedView();
            case "CreateSchemaStmt" -> schema();
            case "CreateSeqStmt" -> {
                if (has(tree.path("options"), "owned_by")) {
                    throw refuse(
                            "write OWNED BY as an ALTER SEQUENCE that follows, so that the definition of a sequence"
                                    + " that is there can be compared");
                }
                yield created("sequence", Kind.SEQUENCE, permanent(tree.path("sequence")), "SEQUENCE");
            }
            case "CreateEnumStmt", "CreateRangeStmt" ->
                created("type", Kind.TYPE, TreeNames.name(tree.path("typeName")), "TYPE");
            case "CompositeTypeStmt" -> created("type", Kind.TYPE, TreeNames.relation(tree.path("typevar")), "TYPE");
            case "CreateDomainStmt" ->
                created("domain", Kind.DOMAIN, TreeNames.name(tree.path("domainname")), "DOMAIN");
            case "CreateExtensionStmt" -> extension();
            case "CreatePolicyStmt" -> policy();
            case "AlterPolicyStmt" ->
                repeatable("policy " + shown(tree.path("policy_name")), TreeNames.relation(tree.path("table")))
                        .locking(TreeNames.relation(tree.path("table")), LockMode.ACCESS_EXCLUSIVE)
                        .build();
            case "CreateStatsStmt" -> statistics();
            case "GrantStmt" -> {
                requireRestrict(tree);
                yield repeatable(
                                right(tree),
                                TreeNames.named(tree.path("objects").path(0)))
                        .build();
            }
            case "GrantRoleStmt" -> {
                requireRestrict(tree);
                yield repeatable(
                                right(tree),
                                new QualifiedName(
                                        null,
                                        new Identifier(
                                                tree.findPath("priv_name").asText("role"))))
                        .build();
            }
            case "AlterDefaultPrivilegesStmt" -> {
                requireRestrict(tree.path("action"));
                yield repeatable("default privileges", new QualifiedName(null, new Identifier("privileges")))
                        .build();
            }
            case "CommentStmt" -> comment();
            case "AlterOwnerStmt" ->
                repeatable("owner", TreeNames.named(tree.path("object"))).build();
            case "AlterFunctionStmt" ->
                repeatable("function", TreeNames.named(tree.path("func"))).build();
            case "AlterSeqStmt" -> alterSequence();
            case "AlterEnumStmt" -> renameValue();
            case "AlterTableStmt" -> alter();
            case "DropStmt" -> drop();
            case "InsertStmt", "UpdateStmt", "DeleteStmt" -> RowStatement.judge(statement);
            case "DoStmt" -> throw refuse("what a DO block does cannot be seen before it runs");
            case "RefreshMatViewStmt" ->
                throw refuse(
                        "it computes all rows, and readers wait: run REFRESH MATERIALIZED VIEW CONCURRENTLY by hand");
            case "RuleStmt" ->
                throw refuse("a rule changes what the statements of others do: a trigger or a view says it");
            case "RenameStmt", "AlterObjectSchemaStmt" ->
                throw refuse("another name breaks clients: first let none use the old one, then do it by hand");
            case "TruncateStmt" -> throw refuse("it would lock everybody out, and run again if its Job died");
            default -> throw refuse("it is not in the list of statements that run as they are");
        };
    }

    private RunStatement view() {
        if (!tree.path("view").path("relpersistence").asText().equals("p")) {
            throw refuse("a temporary view ends with the session");
        }
        QualifiedName name = TreeNames.relation(tree.path("view"));
        Draft draft = create("view", Kind.VIEW, name, "VIEW");
        if (tree.path("replace").booleanValue()) {
            draft.effect = Effect.REPEATABLE;
            draft.locking(name, LockMode.ACCESS_EXCLUSIVE);
        } else if (tree.path("query")
                .path("SelectStmt")
                .path("withClause")
                .path("recursive")
                .booleanValue()) {
            throw refuse("write CREATE OR REPLACE, for a recursive view that is there cannot be compared");
        }
        return draft.build();
    }

    private RunStatement materializedView() {
        JsonNode into = tree.path("into");
        if (!tree.path("objtype").asText().equals("OBJECT_MATVIEW")) {
            throw refuse("it would run a query for as long as it takes: createTable, and fill it in batches by hand");
        }
        if (!into.path("skipData").booleanValue()) {
            throw refuse("it computes all rows in one statement: write it WITH NO DATA, and REFRESH it by hand");
        }
        if (into.has("options") || into.has("accessMethod") || into.has("tableSpaceName") || into.has("colNames")) {
            throw refuse("a materialized view with parameters or names of columns is not understood");
        }
        List<Token> tokens = statement.tokens();
        int as = TokenLists.next(tokens, "AS", 0);
        Draft draft = new Draft("materialized view", TreeNames.relation(into.path("rel")));
        draft.effect = Effect.CREATED;
        draft.kind = Kind.MATERIALIZED_VIEW;
        draft.whereMissing = tree.path("if_not_exists").booleanValue();
        // WITH NO DATA are the last three.
        draft.twin = List.of(
                "CREATE VIEW ",
                " " + statement.cut(tokens.subList(as, tokens.size() - "WITH NO DATA".split(" ").length)));
        return draft.build();
    }

    private RunStatement schema() {
        if (tree.has("schemaElts")) {
            throw refuse("write what is to be in the schema as statements of their own");
        }
        if (!tree.has("schemaname")) {
            throw refuse("it does not name the schema");
        }
        Draft draft = new Draft(
                "schema",
                new QualifiedName(null, new Identifier(tree.path("schemaname").asText())));
        draft.effect = Effect.CREATED;
        draft.kind = Kind.SCHEMA;
        draft.whereMissing = true;
        return draft.build();
    }

    private RunStatement extension() {
        Draft draft = new Draft(
                "extension",
                new QualifiedName(null, new Identifier(tree.path("extname").asText())));
        if (has(tree.path("options"), "cascade")) {
            throw refuse("CASCADE creates more than is named");
        }
        draft.effect = Effect.CREATED;
        draft.kind = Kind.EXTENSION;
        draft.whereMissing = true;
        return draft.build();
    }

    private RunStatement policy() {
        QualifiedName table = TreeNames.relation(tree.path("table"));
        List<Token> tokens = statement.tokens();
        int on = TokenLists.next(tokens, "ON", 0) + 1;
        Draft draft = new Draft("policy", table).locking(table, LockMode.ACCESS_EXCLUSIVE);
        draft.label = "policy " + shown(tree.path("policy_name")) + " of " + table;
        draft.effect = Effect.CREATED;
        draft.kind = Kind.POLICY;
        draft.details.add(tree.path("policy_name").asText());
        draft.twin = around(tokens, on);
        return draft.build();
    }

    private RunStatement statistics() {
        JsonNode from = tree.path("relations");
        if (!tree.has("defnames")) {
            throw refuse("give the statistics a name, or a Job that died behind its COMMIT would make them twice");
        }
        if (from.size() != 1 || !from.path(0).has("RangeVar")) {
            throw refuse("statistics are of one table");
        }
        QualifiedName table = TreeNames.relation(from.path(0).path("RangeVar"));
        Draft draft = create("statistics", Kind.STATISTICS, TreeNames.name(tree.path("defnames")), "STATISTICS")
                .locking(table, LockMode.SHARE_UPDATE_EXCLUSIVE);
        List<Token> tokens = statement.tokens();
        int name = TokenLists.next(tokens, "STATISTICS", 0) + 1;
        int end = TokenLists.end(tokens, name);
        int last = end;
        for (int i = end; i < tokens.size(); i++) {
            last = TokenLists.isWord(tokens.get(i), "FROM") ? i + 1 : last;
        }
        draft.twin = List.of(
                statement.cut(tokens.subList(0, TokenLists.skipped(tokens, name))) + " ",
                " " + statement.cut(tokens.subList(TokenLists.end(tokens, TokenLists.skipped(tokens, name)), last))
                        + " ",
                "");
        return draft.build();
    }

    private RunStatement comment() {
        String type = tree.path("objtype").asText();
        QualifiedName name = TreeNames.named(tree.path("object"));
        Draft draft = repeatable("comment on " + name, name);
        List<String> parts = TreeNames.texts(tree.path("object").path("List").path("items"));
        if (RELATIONS.contains(type)) {
            draft.locking(name, LockMode.SHARE_UPDATE_EXCLUSIVE);
        } else if (type.equals("OBJECT_COLUMN") && parts.size() > 1) {
            draft.locking(TreeNames.name(parts.subList(0, parts.size() - 1)), LockMode.SHARE_UPDATE_EXCLUSIVE);
        }
        return draft.build();
    }

    private RunStatement alterSequence() {
        if (has(tree.path("options"), "restart")) {
            throw refuse("run again it would give values that were given already: SELECT setval(…) by hand");
        }
        QualifiedName name = TreeNames.relation(tree.path("sequence"));
        Draft draft = repeatable("sequence " + name, name).locking(name, LockMode.SHARE_ROW_EXCLUSIVE);
        draft.whereMissing = tree.path("missing_ok").booleanValue();
        return draft.build();
    }

    private RunStatement renameValue() {
        if (!tree.has("oldVal")) {
            throw refuse("addEnumValue does it");
        }
        Draft draft = new Draft("value of type", TreeNames.name(tree.path("typeName")));
        draft.effect = Effect.VALUE_RENAMED;
        draft.kind = Kind.TYPE;
        draft.details.add(tree.path("oldVal").asText());
        draft.details.add(tree.path("newVal").asText());
        return draft.build();
    }

    private RunStatement alter() {
        QualifiedName name = TreeNames.relation(tree.path("relation"));
        JsonNode command = tree.path("cmds").path(0).path("AlterTableCmd");
        if (tree.path("cmds").size() == 1 && command.path("subtype").asText().equals("AT_ChangeOwner")) {
            return repeatable("owner of " + name, name)
                    .locking(name, LockMode.ACCESS_EXCLUSIVE)
                    .build();
        }
        if (!tree.path("objtype").asText().equals("OBJECT_TYPE")) {
            throw refuse("of ALTER TABLE only OWNER TO runs as it is; the operations of a SchemaChange do the rest");
        }
        JsonNode column = command.path("def").path("ColumnDef");
        if (tree.path("cmds").size() != 1 || !command.path("subtype").asText().equals("AT_AddColumn")) {
            throw refuse(
                    "of a composite type only one ADD ATTRIBUTE runs as it is; the others break what uses the type");
        }
        requireRestrict(command);
        List<Token> tokens = statement.tokens();
        int type = TokenLists.end(tokens, TokenLists.next(tokens, "ATTRIBUTE", 0) + 1);
        int last = tokens.size();
        while (last > type && TokenLists.isWord(tokens.get(last - 1), "RESTRICT")) {
            last--;
        }
        Draft draft = new Draft("attribute of type", name);
        draft.effect = Effect.ATTRIBUTE_ADDED;
        draft.kind = Kind.TYPE;
        draft.details.add(column.path("colname").asText());
        draft.details.add(statement.cut(tokens.subList(type, last)));
        return draft.build();
    }

    private RunStatement drop() {
        String type = tree.path("removeType").asText();
        Kind kind = DROPPED.get(type);
        if (kind == null) {
            throw refuse("what it drops is not in the list");
        }
        requireRestrict(tree);
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
        Draft draft = new Draft(kind.name().toLowerCase(Locale.ROOT).replace('_', ' '), names.getFirst());
        draft.label = "drop of " + draft.label;
        draft.effect = Effect.DROPPED;
        draft.kind = kind;
        draft.objects = names;
        draft.details.addAll(details);
        draft.whereMissing = tree.path("missing_ok").booleanValue();
        if (kind == Kind.VIEW || kind == Kind.MATERIALIZED_VIEW || kind == Kind.SEQUENCE || kind == Kind.POLICY) {
            names.forEach(name -> draft.locking(name, LockMode.ACCESS_EXCLUSIVE));
        }
        return draft.build();
    }

    private RunStatement created(String what, Kind kind, QualifiedName name, String keyword) {
        Draft draft = create(what, kind, name, keyword);
        if (tree.path("replace").booleanValue()) {
            draft.effect = Effect.REPEATABLE;
        }
        return draft.build();
    }

    private Draft create(String what, Kind kind, QualifiedName name, String keyword) {
        Draft draft = new Draft(what, name);
        draft.effect = Effect.CREATED;
        draft.kind = kind;
        draft.whereMissing = tree.path("if_not_exists").booleanValue();
        draft.twin = around(
                statement.tokens(),
                TokenLists.skipped(statement.tokens(), TokenLists.next(statement.tokens(), keyword, 0) + 1));
        return draft;
    }

    /** What stands before and behind a name. */
    private List<String> around(List<Token> tokens, int name) {
        return List.of(
                statement.cut(tokens.subList(0, name)) + " ",
                " " + statement.cut(tokens.subList(TokenLists.end(tokens, name), tokens.size())));
    }

    private QualifiedName permanent(JsonNode relation) {
        if (!relation.path("relpersistence").asText().equals("p")) {
            throw refuse("only what outlives the session is understood");
        }
        return TreeNames.relation(relation);
    }

    private static boolean has(JsonNode options, String name) {
        return StreamSupport.stream(options.spliterator(), false)
                .anyMatch(option ->
                        option.path("DefElem").path("defname").asText().equals(name));
    }

    private void requireRestrict(JsonNode node) {
        if (node.path("behavior").asText().equals("DROP_CASCADE")) {
            throw refuse("CASCADE does more than is named");
        }
    }

    private static String right(JsonNode tree) {
        return tree.path("is_grant").booleanValue() ? "grant" : "revoke";
    }

    private static Identifier shown(JsonNode name) {
        return new Identifier(name.asText());
    }

    private RefusedStatementException refuse(String why) {
        return new RefusedStatementException(statement.firstLine() + ": " + why);
    }

    private Draft repeatable(String label, QualifiedName about) {
        Draft draft = new Draft("", about);
        draft.label = label;
        return draft;
    }

    /** A statement while it is judged. */
    private final class Draft {
        private final QualifiedName about;
        private final List<Locked> locks = new ArrayList<>();
        private final List<@Nullable String> details = new ArrayList<>();
        private String label;
        private Effect effect = Effect.REPEATABLE;
        private Kind kind = Kind.OTHER;
        private List<QualifiedName> objects;
        private List<String> twin = List.of();
        private boolean whereMissing;

        private Draft(String what, QualifiedName about) {
            this.about = about;
            this.label = what + " " + about;
            this.objects = List.of(about);
        }

        private Draft locking(QualifiedName relation, LockMode mode) {
            locks.add(new Locked(relation, mode));
            return this;
        }

        private RunStatement build() {
            return new RunStatement(
                    about,
                    statement.cut(statement.tokens()),
                    label,
                    effect,
                    kind,
                    objects,
                    Collections.unmodifiableList(details),
                    locks,
                    twin,
                    whereMissing,
                    null);
        }
    }
}
