// cel-vectors evaluates CEL expressions as Kubernetes does and prints what came of each: its type, value, errors, estimated
// and actual cost. packages/cel compares itself with what this prints.
//
// It reads and writes the same form, so that a case is added by writing its expression into the file and renewing it:
//
//	go run . ../../../packages/cel/src/testing/testdata/vectors.json >new.json
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Group is some expressions that see the same variables.
type Group struct {
	Name string `json:"name"`
	// "rule" for a validation rule of a CustomResourceDefinition, "admission" for a ValidatingAdmissionPolicy.
	Mode            string          `json:"mode"`
	Schema          json.RawMessage `json:"schema,omitempty"`
	Root            bool            `json:"root,omitempty"`
	OptionalOldSelf bool            `json:"optionalOldSelf,omitempty"`
	// Values by the name of the variable; in a rule self and oldSelf.
	Bindings  map[string]any `json:"bindings,omitempty"`
	Variables []Variable     `json:"variables,omitempty"`
	// Of an admission only: expressions that may name the authorizer.
	Authorizer bool `json:"authorizer,omitempty"`
	// Written one a line, behind everything else.
	Cases []Case `json:"cases,omitempty"`
}

// Case is an expression and what came of it.
type Case struct {
	Expression string `json:"expression"`
	Result
}

// Variable is a composed variable of a policy.
type Variable struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// Result is what came of one expression. Issues are errors of parsing and checking, Error is one of starting or running.
type Result struct {
	Issues string `json:"issues,omitempty"`
	// Where cel-go itself fails; nobody has to do the same.
	Crash string  `json:"crash,omitempty"`
	Type  string  `json:"type,omitempty"`
	Min   *string `json:"min,omitempty"`
	Max   *string `json:"max,omitempty"`
	Value *string `json:"value,omitempty"`
	Error string  `json:"error,omitempty"`
	Cost  *uint64 `json:"cost,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: cel-vectors CASES.json")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var groups []Group
	// This decoder reads whole numbers as int64, as the API server does.
	if err := utiljson.Unmarshal(text, &groups); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	for i := range groups {
		if err := evaluateGroup(&groups[i]); err != nil {
			return fmt.Errorf("group %s: %w", groups[i].Name, err)
		}
	}
	return write(os.Stdout, groups)
}

func evaluateGroup(group *Group) error {
	evaluate, err := evaluatorFor(group)
	if err != nil {
		return err
	}
	for i, one := range group.Cases {
		group.Cases[i].Result = evaluate(one.Expression)
	}
	return nil
}

func write(out io.Writer, groups []Group) error {
	texts := make([]string, len(groups))
	for i, group := range groups {
		lines := make([]string, len(group.Cases))
		for j, one := range group.Cases {
			line, err := encode(one)
			if err != nil {
				return err
			}
			lines[j] = "  " + line
		}
		group.Cases = nil
		head, err := encode(group)
		if err != nil {
			return err
		}
		texts[i] = strings.TrimSuffix(head, "}") + ",\"cases\":[\n" + strings.Join(lines, ",\n") + "\n]}"
	}
	_, err := fmt.Fprintf(out, "[\n%s\n]\n", strings.Join(texts, ",\n"))
	return err
}

func encode(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(text.String()), err
}

func evaluatorFor(group *Group) (func(string) Result, error) {
	switch group.Mode {
	case "rule":
		return ruleEvaluator(group)
	case "admission":
		return admissionEvaluator(group)
	}
	return nil, fmt.Errorf("unknown mode %q", group.Mode)
}
