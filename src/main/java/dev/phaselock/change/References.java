package dev.phaselock.change;

import dev.phaselock.change.CreateTable.Reference;
import dev.phaselock.change.Enclosure.Word;
import dev.phaselock.sql.InvalidIdentifierException;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the tables to which foreign keys in a definition of a table refer, also where PostgreSQL's parser is not loaded.
 * REFERENCES is a reserved word: without quotes, and outside of strings, it means a foreign key, or stands behind the dot
 * of a column's name. Where that parser is loaded it is asked for the same ({@link Expressions}).
 *
 * <p>Source: PostgreSQL documentation, "SQL Key Words".
 */
final class References {
    private static final String SPACE = " \t\n\r\f\u000b";

    private final String text;
    private int position;

    private References(String text) {
        this.text = text;
    }

    /**
     * Those of a text that {@link Enclosure} lets through.
     *
     * @throws InvalidIdentifierException where no name follows
     */
    static List<Reference> in(String text) {
        List<Reference> references = new ArrayList<>();
        for (Word word : Enclosure.words(text)) {
            if (word.text(text).equalsIgnoreCase("references") && !behindDot(text, word.start())) {
                references.add(new References(text).reference(word.end()));
            }
        }
        return references;
    }

    private static boolean behindDot(String text, int start) {
        int before = start - 1;
        while (before >= 0 && SPACE.indexOf(text.charAt(before)) >= 0) {
            before--;
        }
        return before >= 0 && text.charAt(before) == '.';
    }

    private Reference reference(int from) {
        position = from;
        skipSpace();
        int start = position;
        skipName();
        int end = position;
        skipSpace();
        if (position < text.length() && text.charAt(position) == '.') {
            position++;
            skipSpace();
            skipName();
            end = position;
        }
        return new Reference(QualifiedName.parse(text.substring(start, end)), start, end);
    }

    private void skipSpace() {
        while (position < text.length() && SPACE.indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private void skipName() {
        if (position < text.length() && text.charAt(position) == '"') {
            do {
                // A doubled quote ends one part of the name and begins the next.
                position = text.indexOf('"', position + 1) + 1;
            } while (position > 0 && position < text.length() && text.charAt(position) == '"');
            return;
        }
        while (position < text.length() && Enclosure.continuesName(text.charAt(position))) {
            position++;
        }
    }
}
