package dev.phaselock.convert;

import dev.phaselock.sql.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds parts of a statement among its tokens: the parser's tree tells what they are, but not where they end. */
final class Pieces {
    private static final String OPENING = "([";
    private static final String CLOSING = ")]";

    private Pieces() {}

    /** What commas outside of all parentheses separate. */
    static List<List<Token>> split(List<Token> tokens) {
        List<List<Token>> pieces = new ArrayList<>();
        List<Token> piece = new ArrayList<>();
        int depth = 0;
        for (Token token : tokens) {
            depth += depthOf(token);
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

    /** What stands behind this word, the first that is outside of all parentheses. */
    static Optional<List<Token>> after(List<Token> tokens, String word) {
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            depth += depthOf(tokens.get(i));
            if (depth == 0 && isWord(tokens.get(i), word)) {
                return Optional.of(tokens.subList(i + 1, tokens.size()));
            }
        }
        return Optional.empty();
    }

    /** What is inside the parentheses that these tokens begin with; empty when they begin with none. */
    static Optional<List<Token>> inside(List<Token> tokens) {
        if (tokens.isEmpty() || !tokens.getFirst().is("(")) {
            return Optional.empty();
        }
        Deque<Token> open = new ArrayDeque<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (depthOf(tokens.get(i)) > 0) {
                open.push(tokens.get(i));
            } else if (depthOf(tokens.get(i)) < 0) {
                open.pop();
                if (open.isEmpty()) {
                    return Optional.of(tokens.subList(1, i));
                }
            }
        }
        return Optional.empty();
    }

    /** What is inside the first parentheses of a statement. */
    static Optional<List<Token>> firstList(List<Token> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).is("(")) {
                return inside(tokens.subList(i, tokens.size()));
            }
        }
        return Optional.empty();
    }

    /** A call of a function that the tokens begin with, to the end of its parentheses. */
    static List<Token> call(List<Token> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).is("(")) {
                int start = i;
                return inside(tokens.subList(i, tokens.size()))
                        .map(arguments -> tokens.subList(0, start + arguments.size() + 2))
                        .orElse(List.of());
            }
        }
        return tokens;
    }

    private static boolean isWord(Token token, String word) {
        return token.kind() == Token.Kind.KEYWORD
                && token.text().toUpperCase(Locale.ROOT).equals(word);
    }

    private static int depthOf(Token token) {
        if (token.kind() != Token.Kind.OTHER || token.text().length() != 1) {
            return 0;
        }
        return OPENING.contains(token.text()) ? 1 : CLOSING.contains(token.text()) ? -1 : 0;
    }
}
