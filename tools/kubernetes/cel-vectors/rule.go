package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemacel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apimachinery/pkg/util/version"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

// ruleEvaluator does what the compilation and evaluation of a validation rule do, whatever the rule's type is.
func ruleEvaluator(group *Group) (func(string) Result, error) {
	schema, err := readSchema(group.Schema)
	if err != nil {
		return nil, err
	}
	declared := model.SchemaDeclType(schema, group.Root).MaybeAssignTypeName("selfType")
	env, err := ruleEnv(declared, group.OptionalOldSelf)
	if err != nil {
		return nil, err
	}
	if group.Root {
		schema = model.WithTypeAndObjectMeta(schema)
	}
	values := map[string]any{}
	if self, ok := group.Bindings["self"]; ok {
		values["self"] = schemacel.UnstructuredToVal(self, schema)
	}
	old, hasOld := group.Bindings["oldSelf"]
	switch {
	case group.OptionalOldSelf && hasOld:
		values["oldSelf"] = types.OptionalOf(schemacel.UnstructuredToVal(old, schema))
	case group.OptionalOldSelf:
		values["oldSelf"] = types.OptionalNone
	case hasOld:
		values["oldSelf"] = schemacel.UnstructuredToVal(old, schema)
	}
	estimator := &library.CostEstimator{SizeEstimator: sizes{declared}}
	return func(expression string) Result {
		return evaluateIn(env, expression, estimator, func(program cel.Program) (ref.Val, *cel.EvalDetails, error) {
			return program.Eval(values)
		})
	}, nil
}

func readSchema(text json.RawMessage) (*structuralschema.Structural, error) {
	var external apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(text, &external); err != nil {
		return nil, err
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&external, &internal, nil); err != nil {
		return nil, err
	}
	return structuralschema.NewStructural(&internal)
}

func ruleEnv(declared *apiservercel.DeclType, optionalOld bool) (*cel.Env, error) {
	oldType := declared.CelType()
	if optionalOld {
		oldType = types.NewOptionalType(oldType)
	}
	set, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        []cel.EnvOption{cel.Variable("self", declared.CelType()), cel.Variable("oldSelf", oldType)},
		DeclTypes:         []*apiservercel.DeclType{declared},
	})
	if err != nil {
		return nil, err
	}
	return set.NewExpressionsEnv(), nil
}

// evaluateIn compiles, estimates and runs one expression, each as far as the step before it succeeds.
func evaluateIn(env *cel.Env, expression string, estimator *library.CostEstimator,
	eval func(cel.Program) (ref.Val, *cel.EvalDetails, error)) (result Result) {
	defer func() {
		if problem := recover(); problem != nil {
			result = Result{Crash: fmt.Sprint(problem)}
		}
	}()
	ast, issues := env.Compile(expression)
	if issues != nil {
		return Result{Issues: issues.String()}
	}
	result.Type = ast.OutputType().String()
	options := []cel.ProgramOption{cel.InterruptCheckFrequency(celconfig.CheckFrequency), cel.CostLimit(celconfig.PerCallLimit)}
	if estimator != nil {
		estimate, err := env.EstimateCost(ast, estimator)
		if err != nil {
			return Result{Error: err.Error()}
		}
		low, high := strconv.FormatUint(estimate.Min, 10), strconv.FormatUint(estimate.Max, 10)
		result.Min, result.Max = &low, &high
		options = append(options, cel.CostTracking(estimator))
	}
	program, err := env.Program(ast, options...)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	value, details, err := eval(program)
	if err != nil {
		result.Error = err.Error()
	} else {
		text := render(value)
		result.Value = &text
	}
	if details != nil {
		result.Cost = details.ActualCost()
	}
	return result
}

// sizes gives the cost estimator the bounds that the schema declares, as the compiler of validation rules does.
type sizes struct{ root *apiservercel.DeclType }

func (s sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	if len(element.Path()) == 0 {
		return nil
	}
	current := s.root
	for _, name := range element.Path()[1:] {
		switch name {
		case "@items", "@values":
			current = current.ElemType
		case "@keys":
			current = current.KeyType
		default:
			field, ok := current.Fields[name]
			if !ok {
				return nil
			}
			current = field.Type
		}
		if current == nil {
			return nil
		}
	}
	return &checker.SizeEstimate{Min: 0, Max: uint64(current.MaxElements)}
}

func (s sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
