package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.plan.RecordJson;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangesTest {
    private static AddForeignKeySpec key(List<String> columns, List<String> referenced) {
        return new AddForeignKeySpec(
                "orders", null, columns, new References("customers", referenced), null, null, null, null, null, null);
    }

    private static AddForeignKeySpec actions(
            Action onDelete, List<String> onDeleteColumns, Boolean deferrable, Boolean initiallyDeferred) {
        return new AddForeignKeySpec(
                "orders",
                null,
                List.of("a", "b"),
                new References("customers", null),
                onDelete,
                onDeleteColumns,
                null,
                null,
                deferrable,
                initiallyDeferred);
    }

    private static ChangeSpec check(String table, String name, String expression) {
        return ChangeSpec.of(new AddCheckSpec(table, name, expression, null));
    }

    private static ChangeSpec entry(String json) {
        return RecordJson.read(json, ChangeSpec.class);
    }

    private static void assertRefused(String message, ChangeSpec... specs) {
        assertThatThrownBy(() -> Changes.from(Arrays.asList(specs)))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aForeignKeyIsReadWithItsDefaults() {
        assertThat(Changes.from(List.of(ChangeSpec.of(key(List.of("Customer_ID"), null)))))
                .containsExactly(new AddForeignKey(
                        new QualifiedName(null, new Identifier("orders")),
                        null,
                        List.of(new Identifier("customer_id")),
                        new QualifiedName(null, new Identifier("customers")),
                        List.of(),
                        Action.NO_ACTION,
                        List.of(),
                        Action.NO_ACTION,
                        Match.SIMPLE,
                        false,
                        false,
                        null));
    }

    @Test
    void aCheckIsReadAndItsExpressionKeptAsItIs() {
        assertThat(Changes.from(List.of(check("Shop.\"Orders\"", "Positive", " amount\n> 0 "))))
                .containsExactly(new AddCheck(
                        QualifiedName.of("shop", "Orders"), new Identifier("positive"), " amount\n> 0 ", false, null));
    }

    @Test
    void operationsOnConstraintsAndColumnsAreRead() {
        QualifiedName orders = QualifiedName.of("shop", "orders");
        Identifier total = new Identifier("total");
        assertThat(Changes.from(List.of(
                        ChangeSpec.of(new SetNotNullSpec("shop.orders", "Total")),
                        ChangeSpec.of(new RenameConstraintSpec("shop.orders", "total", "\"T\"")),
                        ChangeSpec.of(new SetDefaultSpec("shop.orders", "total", " 1 + 1")))))
                .containsExactly(
                        new SetNotNull(orders, total),
                        new RenameConstraint(orders, total, new Identifier("T")),
                        new SetDefault(orders, total, " 1 + 1"));
        assertRefused("changes[0].dropConstraint.name: is missing", entry("""
                {"dropConstraint": {"table": "t"}}"""));
        assertRefused("changes[0].setDefault.expression: not exactly one SQL expression", entry("""
                {"setDefault": {"table": "t", "column": "c", "expression": "1), DROP COLUMN c --"}}"""));
        assertRefused(
                "changes[0].renameConstraint.newName: is the name that it has",
                ChangeSpec.of(new RenameConstraintSpec("t", "c", "C")));
    }

    @Test
    void exactlyOneOperationIsWantedInEachEntry() {
        String message = "changes[0]: exactly one operation is wanted in each entry";
        assertRefused(message, entry("{}"));
        assertRefused(message, entry("""
                        {"addForeignKey": {}, "addCheck": {}}"""));
        assertRefused(message, (ChangeSpec) null);
    }

    @Test
    void oneToAHundredEntriesAreWanted() {
        assertRefused("changes: at least one entry is wanted");
        assertThatThrownBy(() -> Changes.from(null)).hasMessageStartingWith("changes: at least one");
        assertThatThrownBy(() -> Changes.from(Collections.nCopies(101, check("t", null, "true"))))
                .hasMessage("changes: more than 100 entries");
    }

    @Test
    void theSameChangeTwiceIsRefused() {
        assertRefused("changes[1]: the same as changes[0]", check("t", null, "a > 0"), check("T", null, "a > 0"));
    }

    @Test
    void aRefusalNamesTheField() {
        assertRefused(
                "changes[0].addForeignKey.columns[1]: not an SQL name", ChangeSpec.of(key(List.of("a", "b c"), null)));
        assertRefused(
                "changes[0].addForeignKey.columns[1]: is missing", ChangeSpec.of(key(Arrays.asList("a", null), null)));
        assertRefused("changes[1].addCheck.table: is missing", check("t", null, "true"), check(null, null, "true"));
        assertRefused("changes[0].addCheck.table: not an SQL name", check("a.b.c", null, "true"));
        assertRefused("changes[0].addCheck.name: not an SQL name", check("t", "", "true"));
        assertRefused("changes[0].addCheck.expression: is missing", check("t", null, null));
        assertRefused("changes[0].addCheck.expression: an SQL expression is wanted", check("t", null, " \n"));
    }

    @Test
    void columnsComeOnceAndInPairs() {
        assertRefused(
                "changes[0].addForeignKey.columns[1]: a is there twice", ChangeSpec.of(key(List.of("a", "A"), null)));
        assertRefused(
                "changes[0].addForeignKey.references.columns: as many as in columns are wanted: 2, not 1",
                ChangeSpec.of(key(List.of("a", "b"), List.of("id"))));
        assertRefused(
                "changes[0].addForeignKey.columns: 1 to 32 columns are wanted", ChangeSpec.of(key(List.of(), null)));
        assertRefused(
                "changes[0].addForeignKey.references.columns: 1 to 32 columns are wanted",
                ChangeSpec.of(key(List.of("a"), List.of())));
    }

    @Test
    void optionsThatDoNotGoTogetherAreRefused() {
        assertRefused(
                "changes[0].addForeignKey.onDeleteColumns: goes with onDelete: SetNull or SetDefault",
                ChangeSpec.of(actions(Action.CASCADE, List.of("a"), null, null)));
        assertRefused(
                "changes[0].addForeignKey.onDeleteColumns[0]: c is none of the key's columns",
                ChangeSpec.of(actions(Action.SET_NULL, List.of("c"), null, null)));
        assertRefused(
                "changes[0].addForeignKey.initiallyDeferred: needs deferrable: true",
                ChangeSpec.of(actions(null, null, false, true)));
    }

    @Test
    void whatIsLongerThanTheBoundsOfTheResourceIsRefused() {
        assertRefused("changes[0].addCheck.table: longer than 270", check("t".repeat(271), null, "true"));
        assertRefused("changes[0].addCheck.name: longer than 130", check("t", "n".repeat(131), "true"));
        assertRefused("changes[0].addCheck.expression: longer than 8192", check("t", null, "1".repeat(8193)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a > 0); DROP TABLE x; --",
                "a > 0), DROP COLUMN b, ADD CHECK (true",
                "a > 0) NOT VALID --",
                "a > 0 -- fine",
                "a > /* fine */ 0",
                "a > 0;",
                "(a > 0",
                "a[1 > 0",
                "a = 'x",
                "\"a > 0",
                "a = $x$ b $y$",
                "a = E'\\'; b",
                "a = E'x'\n'\\' || ') ; b = '",
                "a = 'x\\'); DROP TABLE x; --'",
                "a = 1$x$ ' $x$ ); DROP TABLE x; --'",
                "a = b $x$ ' $x$ ); DROP TABLE x; --'",
                "a = \u0000"
            })
    void anExpressionCannotLeaveItsParentheses(String expression) {
        assertRefused("changes[0].addCheck.expression: not exactly one SQL expression", check("t", null, expression));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a > 0",
                "((a)) IN (1, 2)",
                "a[1] = ANY (ARRAY[1, 2])",
                "b ~ '^\\d+;--$'",
                "b = 'it''s; (' AND \"a\"\";(\" > 0",
                "b = E'\\'; (\\\\'",
                "b = E'x'\n  '\\'; ('",
                "b = $$; ' ( -- $$ OR b = $x$ $$ ; $x$",
                "a = b$x$ || ' $x$ ); --'",
                "a$b$ > 0 AND ü$1 > -1",
                "U&'d\\0061t\\+000061;' = b"
            })
    void whateverStandsInStringsAndQuotedNamesIsFine(String expression) {
        assertThat(Changes.from(List.of(check("t", null, expression)))).hasSize(1);
        Expressions.require(Changes.from(List.of(check("t", null, expression))));
    }

    @ParameterizedTest
    @CsvSource({"a >", "'SELECT 1'", "'a, b > 0'", "'a > 0 NOT VALID'"})
    void whatIsNoExpressionIsRefusedByTheParser(String text) {
        List<Change> changes = Changes.from(List.of(check("t", null, "true"), check("t", null, text)));

        assertThatThrownBy(() -> Expressions.require(changes))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith("changes[1].addCheck.expression: not exactly one SQL expression");
    }

    @Test
    void changesAreToldInAFewWords() {
        assertThat(Changes.from(List.of(
                        ChangeSpec.of(key(List.of("a", "b"), null)),
                        check("s.t", null, "true"),
                        check("t", "\"C\"", "true"))))
                .extracting(Change::label)
                .containsExactly("foreign key (a, b) to customers", "check on s.t", "check \"C\"");
    }
}
