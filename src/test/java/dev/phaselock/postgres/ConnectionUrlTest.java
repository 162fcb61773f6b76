package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionUrlTest {
    @Test
    void takesALibpqUrlApart() {
        assertThat(ConnectionUrl.parse("postgresql://app:p%40ss%2Fw%C3%B6rd@db.shop:6432/shop?sslmode=require"))
                .isEqualTo(Map.of(
                        "user", "app",
                        "password", "p@ss/wörd",
                        "host", "db.shop",
                        "port", "6432",
                        "dbname", "shop",
                        "sslmode", "require"));
    }

    @Test
    void takesAJdbcUrlApartWithItsPlusAsASpace() {
        assertThat(ConnectionUrl.parse(
                        "jdbc:postgresql://db:5432/app?user=app&password=a+b%2Bc&targetServerType=primary"))
                .isEqualTo(Map.of(
                        "host", "db",
                        "port", "5432",
                        "dbname", "app",
                        "user", "app",
                        "password", "a b+c",
                        "target_session_attrs", "primary"));
    }

    @Test
    void keepsAPlusOfALibpqUrl() {
        assertThat(ConnectionUrl.parse("postgres://u:a+b@h/d")).containsEntry("password", "a+b");
    }

    @Test
    void takesSeveralHostsAndIpv6Addresses() {
        assertThat(ConnectionUrl.parse("postgresql://a,[2001:db8::1]:6000,c/d"))
                .containsEntry("host", "a,[2001:db8::1],c")
                .containsEntry("port", "5432,6000,5432");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "socketFactory",
                "socketFactoryArg",
                "sslfactory",
                "sslhostnameverifier",
                "sslpasswordcallback",
                "authenticationPluginClassName",
                "xmlFactoryFactory",
                "connectExecutor",
                "loggerFile",
                "sslpassword",
                "service",
                "passfile",
                "options",
                "localSocketAddress",
                "jaasApplicationName",
                "currentSchema",
                "requireAuth",
                "SSLMODE"
            })
    void refusesEveryParameterThatIsNotOnItsListByName(String parameter) {
        assertThatThrownBy(() -> ConnectionUrl.parse("jdbc:postgresql://h/d?password=geheim&" + parameter + "=x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its parameter " + parameter + " is not one that Phaselock takes")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void refusesAParameterThatHidesBehindPercentEncoding() {
        assertThatThrownBy(() -> ConnectionUrl.parse("postgresql://h/d?%73ocketFactory=x"))
                .hasMessageContaining("socketFactory");
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql://u:geheim@h/d?user=x, it gives user twice",
        "postgresql://h:1/d?host=evil, it gives host twice",
        "postgresql://h/d?sslmode=require&sslmode=disable, it gives sslmode twice",
        "postgresql://h/d?targetServerType=any&target_session_attrs=any, it gives target_session_attrs twice",
        "postgresql://u:ge%heim@h/d, two hexadecimal digits",
        "postgresql://u:geheim%@h/d, two hexadecimal digits",
        "postgresql://u:geheim%00@h/d, two hexadecimal digits",
        "postgresql://u:geheim%FF@h/d, not UTF-8",
        "postgresql://u:ge@heim@h/d, have to be percent-encoded",
        "postgresql://u:1234/geheim@h/d, have to be percent-encoded",
        "postgresql://u:ge?heim@h/d, have to be percent-encoded",
        "jdbc:postgresql://u:geheim@h/d, have to be percent-encoded",
        "jdbc:postgresql:d?password=geheim, does not begin with",
        "jdbc:mysql://h/d?password=geheim, does not begin with",
        "jdbc:postgres://h/d?password=geheim, does not begin with",
        "mysql://u:geheim@h/d, does not begin with",
        "geheim, does not begin with"
    })
    void refusesWhatIsNoUrlAndRepeatsNothingOfIt(String url, String why) {
        assertThatThrownBy(() -> ConnectionUrl.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("geheim")
                .hasMessageNotContaining("heim");
    }
}
