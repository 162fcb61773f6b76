package dev.phaselock.plan;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;

/** The letters of {@code pg_constraint} (confupdtype, confdeltype, confmatchtype). */
public final class ForeignKeyCodes {
    private ForeignKeyCodes() {}

    public static char of(Action action) {
        return switch (action) {
            case NO_ACTION -> 'a';
            case RESTRICT -> 'r';
            case CASCADE -> 'c';
            case SET_NULL -> 'n';
            case SET_DEFAULT -> 'd';
        };
    }

    public static char of(Match match) {
        return switch (match) {
            case SIMPLE -> 's';
            case FULL -> 'f';
        };
    }

    /** The action of a letter. */
    public static Action action(char code) {
        for (Action action : Action.values()) {
            if (of(action) == code) {
                return action;
            }
        }
        throw new IllegalArgumentException("no referential action: " + code);
    }

    /** The match type of a letter; MATCH PARTIAL is not implemented by PostgreSQL. */
    public static Match match(char code) {
        return code == 'f' ? Match.FULL : Match.SIMPLE;
    }
}
