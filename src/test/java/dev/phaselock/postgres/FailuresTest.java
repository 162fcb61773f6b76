package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

final class FailuresTest {
    @ParameterizedTest
    @CsvSource({
        "57P01, TRANSIENT, RETRYING_CONNECTION",
        "57P02, TRANSIENT, RETRYING_CONNECTION",
        "57P03, TRANSIENT, RETRYING_CONNECTION",
        "57P04, REFUSED, DATABASE_MISSING",
        "25P03, TRANSIENT, RETRYING_CONNECTION",
        "25P04, TRANSIENT, RETRYING_CONNECTION",
        "08006, TRANSIENT, RETRYING_CONNECTION",
        "08P01, TRANSIENT, RETRYING_CONNECTION",
        "53100, TRANSIENT, RETRYING",
        "53200, TRANSIENT, RETRYING",
        "53300, TRANSIENT, RETRYING",
        "40001, TRANSIENT, RETRYING",
        "40P01, TRANSIENT, RETRYING",
        "55P03, TRANSIENT, RETRYING",
        "57014, TRANSIENT, RETRYING",
        "25006, TRANSIENT, READ_ONLY",
        "28000, REFUSED, CREDENTIALS_INVALID",
        "28P01, REFUSED, CREDENTIALS_INVALID",
        "3D000, REFUSED, DATABASE_MISSING",
        "42501, REFUSED, PERMISSION_DENIED",
        "42P07, REFUSED, CONFLICTING_DEFINITION",
        "23503, VIOLATED, CONSTRAINT_VIOLATED",
        "23514, VIOLATED, CONSTRAINT_VIOLATED",
        "XX000, REFUSED, STATEMENT_FAILED",
        "99999, REFUSED, STATEMENT_FAILED",
        "X, REFUSED, STATEMENT_FAILED"
    })
    void theSqlStateDecides(String state, Outcome outcome, Reason reason) {
        Failure failure = Failures.classify(new SQLException("geheim", state));
        assertThat(failure.outcome()).isEqualTo(outcome);
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.sqlState()).isEqualTo(state);
        assertThat(failure.message()).doesNotContain("geheim");
    }

    @Test
    void looksForTheSqlExceptionInside() {
        SQLException fault = new SQLException("x", "40P01");
        assertThat(Failures.classify(new CompletionException(new IllegalStateException(fault)))
                        .reason())
                .isEqualTo(Reason.RETRYING);
    }

    @Test
    void aFaultOfOurOwnIsNamedByItsPlaceAndNotByItsText() {
        Failure failure = Failures.classify(new IllegalStateException("geheim"));
        assertThat(failure.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(failure.reason()).isEqualTo(Reason.INTERNAL_ERROR);
        assertThat(failure.message())
                .contains("IllegalStateException at FailuresTest:")
                .doesNotContain("geheim");
    }

    @Test
    void aMessageIsOneLineWithinItsBoundAndWithoutDetailHintAndContext() {
        String server =
                "SERROR\0C42P01\0Mrelation \"" + "x".repeat(500) + "\" does\n not exist\0Dgeheim\0Hgeheim\0Wgeheim\0";
        Failure failure = Failures.classify(new PSQLException(new ServerErrorMessage(server)));
        assertThat(failure.message())
                .hasSizeLessThanOrEqualTo(Failure.MAX_LENGTH)
                .doesNotContain("geheim", "\n")
                .startsWith("Relation \"xxx")
                .endsWith("correct the manifest or the schema.");
    }
}
