package dev.phaselock.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Cuts a file into its statements, by PostgreSQL's own grammar. */
public final class SqlStatements {
    private SqlStatements() {}

    /**
     * The statements in their order.
     *
     * @throws SqlSyntaxException if PostgreSQL's grammar does not take one of them
     */
    public static List<SqlStatement> of(PgParser parser, String sql) {
        List<Token> all = parser.scan(sql);
        List<Token> tokens =
                all.stream().filter(token -> token.kind() != Token.Kind.COMMENT).toList();
        List<Token> comments =
                all.stream().filter(token -> token.kind() == Token.Kind.COMMENT).toList();
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        List<SqlStatement> statements = new ArrayList<>();
        int next = 0;
        int comment = 0;
        int atByte = 0;
        int atCharacter = 0;
        for (JsonNode raw : parser.parse(sql).path("stmts")) {
            int startByte = raw.path("stmt_location").intValue();
            int bytesLong = raw.path("stmt_len").intValue();
            int from = atCharacter + characters(bytes, atByte, startByte);
            atByte = startByte;
            atCharacter = from;
            int end = bytesLong == 0 ? sql.length() : from + characters(bytes, startByte, startByte + bytesLong);
            while (tokens.get(next).start() < from || tokens.get(next).is(";")) {
                next++;
            }
            int start = tokens.get(next).start();
            List<Token> own = new ArrayList<>();
            while (next < tokens.size() && tokens.get(next).start() < end) {
                Token token = tokens.get(next++);
                own.add(new Token(token.kind(), token.text(), token.start() - start));
            }
            int textEnd = start + own.getLast().start() + own.getLast().text().length();
            int newline = sql.indexOf('\n', textEnd);
            int lineEnd = newline < 0 ? sql.length() : newline;
            List<String> said = new ArrayList<>();
            while (comment < comments.size() && comments.get(comment).start() < lineEnd) {
                said.add(comments.get(comment++).text());
            }
            var field = raw.path("stmt").properties().iterator().next();
            statements.add(new SqlStatement(
                    field.getKey(),
                    field.getValue(),
                    SqlPosition.ofOffset(sql, start),
                    sql.substring(start, textEnd),
                    List.copyOf(own),
                    List.copyOf(said)));
        }
        return statements;
    }

    private static int characters(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8).length();
    }
}
