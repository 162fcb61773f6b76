package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PgModuleTest {
    private static String javaScript;

    @BeforeAll
    static void readTheFileThatMapsTheNames() throws IOException {
        javaScript = Files.readString(Path.of("target/libpg-query/wasm/libpg-query.js"));
    }

    @Test
    void importsAreThoseOfThePackage() {
        String imports = find("wasmImports=\\{([^}]*)\\}").group(1);
        Map<String, String> mapped = new TreeMap<>();
        for (String entry : imports.split(",", -1)) {
            mapped.put(entry.substring(0, entry.indexOf(':')), entry.substring(entry.indexOf(':') + 1));
        }
        assertThat(PgModule.IMPORTS).containsExactlyInAnyOrderEntriesOf(mapped);
    }

    @ParameterizedTest
    @MethodSource("exports")
    void exportsAreThoseOfThePackage(String name, String export) {
        String pattern = name.equals("__wasm_call_ctors")
                ? "function initRuntime\\(\\)\\{.*?wasmExports\\[\"(\\w+)\"\\]\\(\\)"
                : "[;,{ ]" + name + "=(?:Module\\[\"" + name + "\"\\]=)?wasmExports\\[\"(\\w+)\"\\]";
        assertThat(find(pattern).group(1)).isEqualTo(export);
    }

    static Object[][] exports() {
        return PgModule.EXPORTS.entrySet().stream()
                .map(e -> new Object[] {e.getKey(), e.getValue()})
                .toArray(Object[][]::new);
    }

    private static MatchResult find(String pattern) {
        return Pattern.compile(pattern)
                .matcher(javaScript)
                .results()
                .findFirst()
                .orElseThrow();
    }
}
