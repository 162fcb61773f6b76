package dev.phaselock.lint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlPosition;
import dev.phaselock.sql.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Cuts a file into its statements, by PostgreSQL's own grammar. */
final class Statements {
    private Statements() {}

    static List<Statement> of(PgParser parser, String sql) {
        List<Token> tokens = parser.scan(sql);
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        List<Statement> statements = new ArrayList<>();
        List<Token> comments = tokens.stream()
                .filter(token -> token.kind() == Token.Kind.COMMENT)
                .toList();
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
            int end = bytesLong == 0
                    ? sql.stripTrailing().length()
                    : from + characters(bytes, startByte, startByte + bytesLong);
            while (next < tokens.size()
                    && (tokens.get(next).start() < from || tokens.get(next).kind() == Token.Kind.COMMENT)) {
                next++;
            }
            int start = next < tokens.size() ? tokens.get(next).start() : from;
            int newline = sql.indexOf('\n', end);
            int lineEnd = newline < 0 ? sql.length() : newline;
            List<String> own = new ArrayList<>();
            while (comment < comments.size() && comments.get(comment).start() < lineEnd) {
                own.add(comments.get(comment++).text());
            }
            var field = raw.path("stmt").properties().iterator().next();
            statements.add(new Statement(
                    field.getKey(),
                    field.getValue(),
                    SqlPosition.ofOffset(sql, start),
                    sql.substring(start, end).strip(),
                    List.copyOf(own)));
        }
        return statements;
    }

    private static int characters(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8).length();
    }
}
