package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class OperatorBeansTest {
    @Test
    void leaderElectionCanBeSwitchedOff() {
        assertThat(new OperatorBeans().leaderElection(false, Optional.empty(), new Leadership(true)))
                .isNull();
    }
}
