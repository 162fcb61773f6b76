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

    /** The place behind IF NOT EXISTS. */
    static int skipped(List<Token> tokens, int place) {
        return place + 2 < tokens.size() && isWord(tokens.get(place), "IF") && isWord(tokens.get(place + 1), "NOT")
                ? place + 3
                : place;
    }

    /** The place behind a name. */
    static int end(List<Token> tokens, int name) {
        int end = name + 1;
        while (end + 1 < tokens.size() && tokens.get(end).is(".")) {
            end += 2;
        }
        return end;
    }

    static int next(List<Token> tokens, String word, int from) {
        for (int i = from; i < tokens.size(); i++) {
            if (isWord(tokens.get(i), word)) {
                return i;
            }
        }
        throw new RefusedStatementException("it has no " + word);
    }

    static boolean isWord(Token token, String word) {
        return token.kind() == Token.Kind.KEYWORD && token.text().equalsIgnoreCase(word);
    }
}
