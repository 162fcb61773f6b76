package dev.phaselock.change;

import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.SqlStatements;
import dev.phaselock.sql.SqlSyntaxException;
import java.util.List;

/**
 * Says whether a statement may run as it is, by PostgreSQL's own parser: a closed list, all else is refused. In the list is
 * what takes a strong lock of a table for a moment at most, by measurement on PostgreSQL 13 to 18 (RunStatementIT), and of
 * which the catalog says that it is done, or that may run twice.
 */
public final class StatementJudge {
    private StatementJudge() {}

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
        JudgedStatement judged = new JudgedStatement(statement);
        RunStatement creating = new CreatingStatements(judged).judge();
        if (creating != null) {
            return creating;
        }
        RunStatement altering = new AlteringStatements(judged).judge();
        if (altering != null) {
            return altering;
        }
        return switch (statement.kind()) {
            case "InsertStmt", "UpdateStmt", "DeleteStmt" -> RowStatement.judge(statement);
            case "DoStmt" -> throw judged.refuse("what a DO block does cannot be seen before it runs");
            case "RefreshMatViewStmt" ->
                throw judged.refuse(
                        "it computes all rows, and readers wait: run REFRESH MATERIALIZED VIEW CONCURRENTLY by hand");
            case "RuleStmt" ->
                throw judged.refuse("a rule changes what the statements of others do: a trigger or a view says it");
            case "RenameStmt", "AlterObjectSchemaStmt" ->
                throw judged.refuse("another name breaks clients: first let none use the old one, then do it by hand");
            case "TruncateStmt" -> throw judged.refuse("it would lock everybody out, and run again if its Job died");
            default -> throw judged.refuse("it is not in the list of statements that run as they are");
        };
    }
}
