// Reads alerting rules, a PrometheusRule's spec, as Prometheus does, and prints the names of the metrics that they are
// about. Also keeps the version of Prometheus Operator whose resource definitions the chart is tried with.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	promql := parser.NewParser(parser.Options{})
	groups, errs := rulefmt.Parse(text, false, model.LegacyValidation, promql, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		fail(errs...)
	}
	var names []string
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			expression, err := promql.ParseExpr(rule.Expr)
			if err != nil {
				fail(err)
			}
			parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
				if selector, ok := node.(*parser.VectorSelector); ok {
					names = append(names, selector.Name)
				}
				return nil
			})
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		fmt.Println(name)
	}
}

func fail(errs ...error) {
	for _, err := range errs {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(1)
}
