// Reads a resource as JSON from standard input and says what Argo CD makes of it by the health script that is the only
// argument, and what kstatus, and so Flux, makes of it: two lines, each a status, a tab, and a message.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: gitops HEALTH.LUA < RESOURCE.JSON")
	}
	script, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var object map[string]any
	if err := json.NewDecoder(os.Stdin).Decode(&object); err != nil {
		return err
	}
	health, message, err := argo(string(script), object)
	if err != nil {
		return fmt.Errorf("health script: %w", err)
	}
	fmt.Printf("%s\t%s\n", health, line(message))
	computed, err := status.Compute(&unstructured.Unstructured{Object: whole(object).(map[string]any)})
	if err != nil {
		return fmt.Errorf("kstatus: %w", err)
	}
	fmt.Printf("%s\t%s\n", computed.Status, line(computed.Message))
	return nil
}

func line(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// Runs the script as Argo CD runs those of argocd-cm: base, package and table are there, of os only the clock (here: no
// os at all), neither string nor math nor io, and it has a second.
func argo(script string, object map[string]any) (string, string, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return "", "", err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", value(state, object))
	if err := state.DoString(script); err != nil {
		return "", "", err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", fmt.Errorf("gave no table back")
	}
	return table.RawGetString("status").String(), table.RawGetString("message").String(), nil
}

func value(state *lua.LState, of any) lua.LValue {
	switch typed := of.(type) {
	case bool:
		return lua.LBool(typed)
	case float64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		table := state.NewTable()
		for _, element := range typed {
			table.Append(value(state, element))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, element := range typed {
			table.RawSetString(key, value(state, element))
		}
		return table
	}
	return lua.LNil
}

// Numbers without a fraction are integers, as Kubernetes' own decoder has them.
func whole(of any) any {
	switch typed := of.(type) {
	case float64:
		if typed == float64(int64(typed)) {
			return int64(typed)
		}
	case []any:
		for i, element := range typed {
			typed[i] = whole(element)
		}
	case map[string]any:
		for key, element := range typed {
			typed[key] = whole(element)
		}
	}
	return of
}
