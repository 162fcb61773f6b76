package dev.phaselock.change;

import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.Token;
import java.util.ArrayList;
import java.util.List;

/** Finds parts of a statement among its tokens. */
final class TokenLists {
    private TokenLists() {}

    /** What commas outside of all parentheses separate. */
    static List<List<Token>> split(List<Token> tokens) {
        List<List<Token>> pieces = new ArrayList<>();
        List<Token> piece = new ArrayList<>();
        int depth = 0;
        for (Token token : tokens) {
            depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
            if (depth == 0 && token.is(",")) {
                pieces.add(List.copyOf(piece));
                piece.clear();
            } else {
                piece.add(token);
            }
        }
        pieces.add(List.copyOf(piece));
        return pieces;
    }

    /** What is inside the first parentheses, to the last one that closes. */
    static String arguments(SqlStatement statement, List<Token> tokens) {
        int open = 0;
        while (open < tokens.size() && !tokens.get(open).is("(")) {
            open++;
        }
        int close = tokens.size() - 1;
        while (close > open && !tokens.get(close).is(")")) {
            close--;
        }
        return open >= close ? "" : statement.cut(tokens.subList(open + 1, close));
    }
}
