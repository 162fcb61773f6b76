package dev.phaselock.change;

import dev.phaselock.sql.Fragments;
import dev.phaselock.sql.InvalidFragmentException;
import dev.phaselock.sql.PgParser;
import java.util.List;

/**
 * Judges the expressions of changes by PostgreSQL's own parser, which takes most of a second to load: Preflight and the
 * command line do it, later phases only carry out what has Preflight's hash.
 */
public final class Expressions {
    private Expressions() {}

    /**
     * Lets pass what is exactly one expression.
     *
     * @throws InvalidFragmentException when one is not; the message names the field
     */
    public static void require(List<Change> changes) {
        PgParser parser = null;
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i) instanceof AddCheck check) {
                parser = parser == null ? new PgParser() : parser;
                try {
                    Fragments.requireOneExpression(parser, check.expression());
                } catch (InvalidFragmentException e) {
                    throw new InvalidFragmentException("changes[" + i + "].addCheck.expression", e);
                }
            }
        }
    }
}
