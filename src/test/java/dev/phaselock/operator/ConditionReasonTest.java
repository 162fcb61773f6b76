package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConditionReasonTest {
    @ParameterizedTest
    @EnumSource(Reason.class)
    void everyReasonOfARunnerIsOneOfAConditionUnderTheSameLabel(Reason reason) {
        assertThat(ConditionReason.of(reason).label()).isEqualTo(reason.label());
    }

    @Test
    void thePageOfReasonsListsEveryOneAndNoOther() throws IOException {
        List<String> documented = Pattern.compile("^\\| `([A-Za-z]+)` \\| [^|]+ \\| [^|]+ \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("docs/reasons.md")))
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();

        assertThat(documented)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(ConditionReason.values())
                        .map(ConditionReason::label)
                        .toList());
    }
}
