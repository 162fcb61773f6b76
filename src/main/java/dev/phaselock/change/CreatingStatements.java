package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.Token;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges the statements that create: the catalog says that they are done, by the name and, where PostgreSQL can print it,
 * by the definition of a twin that the statement makes under another name.
 */
final class CreatingStatements {
    private final JudgedStatement judged;
    private final SqlStatement statement;
    private final JsonNode tree;

    CreatingStatements(JudgedStatement judged) {
        this.judged = judged;
        this.statement = judged.statement();
        this.tree = judged.tree();
    }

    /** Null for a statement that creates nothing. */
    @Nullable
    RunStatement judge() {
        return switch (statement.kind()) {
            case "CreateFunctionStmt" -> function();
            case "ViewStmt" -> view();
            case "CreateTableAsStmt" -> materializedView();
            case "CreateSchemaStmt" -> schema();
            case "CreateSeqStmt" -> sequence();
            case "CreateEnumStmt", "CreateRangeStmt" ->
                created("type", Kind.TYPE, TreeNames.name(tree.path("typeName")), "TYPE");
            case "CompositeTypeStmt" -> created("type", Kind.TYPE, TreeNames.relation(tree.path("typevar")), "TYPE");
            case "CreateDomainStmt" ->
                created("domain", Kind.DOMAIN, TreeNames.name(tree.path("domainname")), "DOMAIN");
            case "CreateExtensionStmt" -> extension();
            case "CreatePolicyStmt" -> policy();
            case "CreateStatsStmt" -> statistics();
            default -> null;
        };
    }

    private RunStatement function() {
        if (tree.path("sql_body").has("List")) {
            throw judged.refuse("a body of BEGIN ATOMIC is not understood: write it as a string, AS $$ … $$");
        }
        boolean procedure = tree.path("is_procedure").booleanValue();
        return created(
                procedure ? "procedure" : "function",
                Kind.FUNCTION,
                TreeNames.name(tree.path("funcname")),
                procedure ? "PROCEDURE" : "FUNCTION");
    }

    private RunStatement sequence() {
        if (judged.hasOption("owned_by")) {
            throw judged.refuse("write OWNED BY as an ALTER SEQUENCE that follows, so that the definition of a sequence"
                    + " that is there can be compared");
        }
        if (!tree.path("sequence").path("relpersistence").asText().equals("p")) {
            throw judged.refuse("only what outlives the session is understood");
        }
        return created("sequence", Kind.SEQUENCE, TreeNames.relation(tree.path("sequence")), "SEQUENCE");
    }

    private RunStatement view() {
        if (!tree.path("view").path("relpersistence").asText().equals("p")) {
            throw judged.refuse("a temporary view ends with the session");
        }
        QualifiedName name = TreeNames.relation(tree.path("view"));
        StatementDraft draft = create("view", Kind.VIEW, name, "VIEW");
        if (tree.path("replace").booleanValue()) {
            draft.effect = Effect.REPEATABLE;
            draft.locking(name, LockMode.ACCESS_EXCLUSIVE);
        } else if (tree.path("query")
                .path("SelectStmt")
                .path("withClause")
                .path("recursive")
                .booleanValue()) {
            throw judged.refuse("write CREATE OR REPLACE, for a recursive view that is there cannot be compared");
        }
        return draft.build();
    }

    private RunStatement materializedView() {
        JsonNode into = tree.path("into");
        if (!tree.path("objtype").asText().equals("OBJECT_MATVIEW")) {
            throw judged.refuse(
                    "it would run a query for as long as it takes: createTable, and fill it in batches by hand");
        }
        if (!into.path("skipData").booleanValue()) {
            throw judged.refuse("it computes all rows in one statement: write it WITH NO DATA, and REFRESH it by hand");
        }
        if (into.has("options") || into.has("accessMethod") || into.has("tableSpaceName") || into.has("colNames")) {
            throw judged.refuse("a materialized view with parameters or names of columns is not understood");
        }
        List<Token> tokens = statement.tokens();
        int as = TokenLists.next(tokens, "AS", 0);
        StatementDraft draft = judged.once(
                Effect.CREATED, Kind.MATERIALIZED_VIEW, "materialized view", TreeNames.relation(into.path("rel")));
        draft.whereMissing = tree.path("if_not_exists").booleanValue();
        // WITH NO DATA are the last three.
        draft.twin = List.of(
                "CREATE VIEW ",
                " " + statement.cut(tokens.subList(as, tokens.size() - "WITH NO DATA".split(" ").length)));
        return draft.build();
    }

    private RunStatement schema() {
        if (tree.has("schemaElts")) {
            throw judged.refuse("write what is to be in the schema as statements of their own");
        }
        if (!tree.has("schemaname")) {
            throw judged.refuse("it does not name the schema");
        }
        StatementDraft draft = judged.once(
                Effect.CREATED,
                Kind.SCHEMA,
                "schema",
                new QualifiedName(null, new Identifier(tree.path("schemaname").asText())));
        draft.whereMissing = true;
        return draft.build();
    }

    private RunStatement extension() {
        StatementDraft draft = judged.once(
                Effect.CREATED,
                Kind.EXTENSION,
                "extension",
                new QualifiedName(null, new Identifier(tree.path("extname").asText())));
        if (judged.hasOption("cascade")) {
            throw judged.refuse("CASCADE creates more than is named");
        }
        draft.whereMissing = true;
        return draft.build();
    }

    private RunStatement policy() {
        QualifiedName table = TreeNames.relation(tree.path("table"));
        List<Token> tokens = statement.tokens();
        int on = TokenLists.next(tokens, "ON", 0) + 1;
        StatementDraft draft =
                judged.once(Effect.CREATED, Kind.POLICY, "policy", table).locking(table, LockMode.ACCESS_EXCLUSIVE);
        draft.label = "policy " + new Identifier(tree.path("policy_name").asText()) + " of " + table;
        draft.details.add(tree.path("policy_name").asText());
        draft.twin = around(tokens, on);
        return draft.build();
    }

    private RunStatement statistics() {
        JsonNode from = tree.path("relations");
        if (!tree.has("defnames")) {
            throw judged.refuse(
                    "give the statistics a name, or a Job that died behind its COMMIT would make them twice");
        }
        if (from.size() != 1 || !from.path(0).has("RangeVar")) {
            throw judged.refuse("statistics are of one table");
        }
        QualifiedName table = TreeNames.relation(from.path(0).path("RangeVar"));
        StatementDraft draft = create(
                        "statistics", Kind.STATISTICS, TreeNames.name(tree.path("defnames")), "STATISTICS")
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

    private RunStatement created(String what, Kind kind, QualifiedName name, String keyword) {
        StatementDraft draft = create(what, kind, name, keyword);
        if (tree.path("replace").booleanValue()) {
            draft.effect = Effect.REPEATABLE;
        }
        return draft.build();
    }

    private StatementDraft create(String what, Kind kind, QualifiedName name, String keyword) {
        StatementDraft draft = judged.once(Effect.CREATED, kind, what, name);
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
}
