package dev.phaselock.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.BackfillSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ConfigMapKeyReference;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretKeyReference;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.api.Verified;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordJsonTest {
    /** With a value in every field that there is. */
    private static final PhaseRequest REQUEST = new PhaseRequest(
            "shop/orders",
            "1-apply",
            "h1",
            new DatabaseSpec(
                    new SecretReference("shop-db"),
                    "db.example",
                    5433,
                    "shop",
                    "owner",
                    List.of("public", "\"Größe\""),
                    new TlsSpec(
                            TlsSpec.Mode.VERIFY_CA,
                            new SecretKeyReference("ca", "ca.crt"),
                            new ConfigMapKeyReference("bundle", "roots.pem"),
                            new SecretReference("shop-client"))),
            List.of(
                    ChangeSpec.of(new AddForeignKeySpec(
                            "orders",
                            "fk",
                            List.of("a", "b"),
                            new AddForeignKeySpec.References("customers", List.of("x", "y")),
                            AddForeignKeySpec.Action.SET_NULL,
                            List.of("a"),
                            AddForeignKeySpec.Action.NO_ACTION,
                            AddForeignKeySpec.Match.FULL,
                            true,
                            false)),
                    ChangeSpec.of(new AddCheckSpec("orders", "c", "note <> 'ü\n\u2028💥\"\\$(HOME)'", true))),
            new LocksSpec("100ms", "1s", "30m"),
            new ValidationSpec(ValidationSpec.Gate.APPLIED, ValidationSpec.ExistingViolations.PROCEED, 7, 3),
            4711,
            Long.MAX_VALUE,
            null,
            new BackfillSpec("80ms", "0ms", "3s"),
            new Verified("public.orders", 2048L),
            true,
            "1.0");

    @Test
    void whatIsWrittenIsReadAsItWas() {
        assertThat(RecordJson.read(RecordJson.write(REQUEST), PhaseRequest.class))
                .isEqualTo(REQUEST);
    }

    @Test
    void itIsTheDocumentThatDatabindReadsAndWrites() {
        assertThat(ResultJson.read(RecordJson.write(REQUEST), PhaseRequest.class))
                .isEqualTo(REQUEST);
        assertThat(RecordJson.read(ResultJson.write(REQUEST), PhaseRequest.class))
                .isEqualTo(REQUEST);
    }

    @Test
    void itIsWrittenInAscii() {
        assertThat(RecordJson.write(REQUEST)).isPrintable().matches("\\p{ASCII}+");
    }

    @Test
    void whatAnotherVersionKnowsIsLeftOut() {
        LocksSpec locks = RecordJson.read(
                "{\"timeout\": \"1s\", \"season\": {\"cron\": [\"* *\"], \"a\": {}}, \"budget\": null}",
                LocksSpec.class);
        assertThat(locks).isEqualTo(new LocksSpec("1s", null, null, null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "hunter2",
                "{\"change\": \"hunter2\"",
                "{\"change\": 1}",
                "{\"change\": [\"hunter2\"]}",
                "{\"waitedMillis\": \"hunter2\"}",
                "{\"waitedMillis\": 99999999999999999999}",
                "{\"changes\": {}}",
                "{\"changes\": [1]}",
                "{\"changes\": [null]}",
                "{\"database\": \"hunter2\"}",
                "{\"validation\": {\"gate\": \"hunter2\"}}"
            })
    void whatIsNoRequestIsRefusedWithoutRepeatingIt(String document) {
        assertThatThrownBy(() -> RecordJson.read(document, PhaseRequest.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a JSON document of a PhaseRequest");
    }
}
