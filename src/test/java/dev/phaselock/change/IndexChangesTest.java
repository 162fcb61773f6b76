package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.RecordJson;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of indexes and keys, as a manifest that nobody checked may have them. */
class IndexChangesTest {
    private static List<Change> changes(String json) {
        return Changes.from(List.of(RecordJson.read(json.replace('\'', '"'), ChangeSpec.class)));
    }

    private static void assertRefused(String message, String json) {
        assertThatThrownBy(() -> changes(json))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith("changes[0]." + message);
    }

    private static String index(String rest) {
        return "{'createIndex': {'table': 't', 'columns': [{'name': 'c'}]" + rest + "}}";
    }

    @Test
    void aDefinitionQuotesEveryNameAndKeepsEveryFragmentInParentheses() {
        CreateIndex index = (CreateIndex) changes("{'createIndex': {'table': 't', 'method': 'GIN', 'unique': true,"
                        + " 'nullsNotDistinct': true, 'where': 'x > 0',"
                        + " 'columns': [{'name': '\\'A b\\'', 'order': 'Desc', 'nulls': 'Last'}]}}")
                .getFirst();

        assertThat(index.definition())
                .isEqualTo("USING \"gin\" (\"A b\" DESC NULLS LAST) NULLS NOT DISTINCT WHERE (\nx > 0\n)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a) ; DROP TABLE x; --", "a), (b", "a /* */", "a; b"})
    void aFragmentCannotLeaveItsParentheses(String fragment) {
        assertRefused(
                "createIndex.columns[0].expression: not exactly one SQL expression",
                "{'createIndex': {'table': 't', 'columns': [{'expression': '" + fragment + "'}]}}");
        assertRefused("createIndex.where: not exactly one SQL expression", index(", 'where': '" + fragment + "'"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "createIndex.columns[0].operatorClass: | {'name': 'c', 'operatorClass': 'text_ops) , (d'}",
                "createIndex.columns[0].collation: | {'name': 'c', 'collation': 'C; DROP TABLE x'}",
                "createIndex.columns[0].name: | {'name': 'c, d'}",
                "createIndex.columns[0].name: either | {'name': 'c', 'expression': 'd'}",
                "createIndex.columns[0].name: either | {'order': 'Asc'}"
            })
    void aColumnIsWhatItsFieldsSay(String message, String column) {
        assertRefused(message, "{'createIndex': {'table': 't', 'columns': [" + column + "]}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "createIndex.method: | , 'method': 'btree (a)'",
                "createIndex.nullsNotDistinct: needs | , 'nullsNotDistinct': true",
                "createIndex.include[1]: | , 'include': ['a', 'a']",
                "createIndex.storageParameters[0].name: | , 'storageParameters': [{'name': 'fillfactor = 1) --', 'value': '1'}]",
                "createIndex.storageParameters[0].value: | , 'storageParameters': [{'name': 'fillfactor', 'value': '1) WHERE (true'}]",
                "createIndex.storageParameters[1].name: fillfactor is there twice | , 'storageParameters': [{'name': 'fillfactor', 'value': '1'}, {'name': 'fillfactor', 'value': '2'}]"
            })
    void anIndexIsWhatItsFieldsSay(String message, String rest) {
        assertRefused(message, index(rest));
    }

    @Test
    void keysAreWhatTheirFieldsSay() {
        assertRefused("addUnique.columns: 1 to 32", "{'addUnique': {'table': 't', 'columns': []}}");
        assertRefused(
                "addUnique.initiallyDeferred: needs deferrable",
                "{'addUnique': {'table': 't', 'columns': ['a'], 'initiallyDeferred': true}}");
        assertRefused(
                "addPrimaryKey.usingIndex: ",
                "{'addPrimaryKey': {'table': 't', 'columns': ['a'], 'usingIndex': 's.i'}}");
        assertRefused("dropIndex.name: ", "{'dropIndex': {'table': 't', 'name': 'i CASCADE'}}");
        assertThat(changes("{'addPrimaryKey': {'table': 't', 'columns': ['a', 'b'], 'include': ['c']}}"))
                .singleElement()
                .satisfies(change -> assertThat(((AddKey) change).key().constraintDefinition())
                        .isEqualTo("PRIMARY KEY (\"a\", \"b\") INCLUDE (\"c\")"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1", "a, b", "a >"})
    void whatIsNoExpressionIsRefusedByTheParser(String text) {
        List<Change> expression =
                changes("{'createIndex': {'table': 't', 'columns': [{'name': 'a'}, {'expression': '" + text + "'}]}}");
        List<Change> where = changes(index(", 'where': '" + text + "'"));

        assertThatThrownBy(() -> Expressions.require(expression))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith("changes[0].createIndex.columns[1].expression: not exactly one")
                .satisfies(e ->
                        assertThat(((InvalidChangeException) e).inExpression()).isTrue());
        assertThatThrownBy(() -> Expressions.require(where))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith("changes[0].createIndex.where: not exactly one")
                .satisfies(e ->
                        assertThat(((InvalidChangeException) e).inExpression()).isTrue());
    }
}
