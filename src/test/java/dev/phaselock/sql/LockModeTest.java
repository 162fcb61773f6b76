package dev.phaselock.sql;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockModeTest {
    /** The table "Conflicting Lock Modes" as the PostgreSQL documentation prints it: rows and columns weakest first. */
    private static final List<String> CONFLICTS = List.of(
            ".......X", //
            "......XX",
            "....XXXX",
            "...XXXXX",
            "..XX.XXX",
            "..XXXXXX",
            ".XXXXXXX",
            "XXXXXXXX");

    @Test
    void conflictsAreThoseOfTheDocumentation() {
        assertThat(Arrays.stream(LockMode.values()).map(LockModeTest::row)).containsExactlyElementsOf(CONFLICTS);
    }

    private static String row(LockMode mode) {
        return Arrays.stream(LockMode.values())
                .map(other -> mode.conflictsWith(other) ? "X" : ".")
                .collect(joining());
    }

    @ParameterizedTest
    @EnumSource
    void conflictsAreSymmetric(LockMode mode) {
        assertThat(LockMode.values())
                .allSatisfy(other -> assertThat(other.conflictsWith(mode)).isEqualTo(mode.conflictsWith(other)));
    }

    @Test
    void writersWaitForShareAndStrongerOnly() {
        assertThat(Arrays.stream(LockMode.values()).filter(LockMode::blocksWriters))
                .containsExactly(
                        LockMode.SHARE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE);
    }

    @Test
    void isNamedAsLockTableNamesIt() {
        assertThat(Arrays.stream(LockMode.values()).map(LockMode::sql))
                .containsExactly(
                        "ACCESS SHARE",
                        "ROW SHARE",
                        "ROW EXCLUSIVE",
                        "SHARE UPDATE EXCLUSIVE",
                        "SHARE",
                        "SHARE ROW EXCLUSIVE",
                        "EXCLUSIVE",
                        "ACCESS EXCLUSIVE");
    }

    @Test
    void isFoundByTheNameInPgLocks() {
        assertThat(LockMode.values())
                .allSatisfy(mode ->
                        assertThat(LockMode.ofPgLocksName(mode.pgLocksName())).isEqualTo(mode));
        assertThat(LockMode.SHARE_ROW_EXCLUSIVE.pgLocksName()).isEqualTo("ShareRowExclusiveLock");
        assertThatThrownBy(() -> LockMode.ofPgLocksName("SIReadLock")).isInstanceOf(IllegalArgumentException.class);
    }
}
