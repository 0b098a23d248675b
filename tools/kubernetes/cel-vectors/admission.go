package main

import (
	"context"
	"errors"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/lazy"
	"k8s.io/apiserver/pkg/cel/library"
)

// admissionEvaluator does what the evaluation of a ValidatingAdmissionPolicy does with the variables that it offers.
func admissionEvaluator(group *Group) (func(string) Result, error) {
	variablesType := apiservercel.NewObjectType("kubernetes.variables", map[string]*apiservercel.DeclField{})
	env, err := admissionEnv(group, variablesType)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, name := range []string{"object", "oldObject", "request", "namespaceObject", "params"} {
		values[name] = group.Bindings[name]
	}
	if group.Authorizer {
		who := &user.DefaultInfo{Name: "alice"}
		values["authorizer"] = library.NewAuthorizerVal(who, rules{})
		values["authorizer.requestResource"] = library.NewResourceAuthorizerVal(who, rules{}, requestResource{})
	}
	programs := map[string]cel.Program{}
	for _, variable := range group.Variables {
		ast, issues := env.Compile(variable.Expression)
		if issues != nil {
			return nil, issues.Err()
		}
		program, err := env.Program(ast)
		if err != nil {
			return nil, err
		}
		programs[variable.Name] = program
		variablesType.Fields[variable.Name] = apiservercel.NewDeclField(variable.Name, declTypeOf(ast.OutputType()), true, nil, nil)
	}
	return func(expression string) Result {
		return evaluateIn(env, expression, nil, func(program cel.Program) (ref.Val, *cel.EvalDetails, error) {
			variables := lazy.NewMapValue(variablesType)
			for name, of := range programs {
				variables.Append(name, func(*lazy.MapValue) ref.Val { return variableValue(name, of, values) })
			}
			values["variables"] = variables
			return program.Eval(values)
		})
	}, nil
}

func admissionEnv(group *Group, variablesType *apiservercel.DeclType) (*cel.Env, error) {
	request, namespace := plugincel.BuildRequestType(), plugincel.BuildNamespaceType()
	options := []cel.EnvOption{
		cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType), cel.Variable("params", cel.DynType),
		cel.Variable("request", request.CelType()), cel.Variable("namespaceObject", namespace.CelType()),
		cel.Variable("variables", variablesType.CelType()),
	}
	if group.Authorizer {
		options = append(options, cel.Variable("authorizer", library.AuthorizerType),
			cel.Variable("authorizer.requestResource", library.ResourceCheckType))
	}
	set, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        options,
		DeclTypes:         []*apiservercel.DeclType{namespace, request, variablesType},
	}, environment.StrictCostOpt)
	if err != nil {
		return nil, err
	}
	return set.NewExpressionsEnv(), nil
}

func variableValue(name string, program cel.Program, values map[string]any) ref.Val {
	value, _, err := program.Eval(values)
	if err != nil {
		return errorValue("composited variable %q fails to evaluate: %v", name, err)
	}
	return value
}

// rules allows "get", forbids the rest, and fails for a resource or path with the name "broken".
type rules struct{}

func (rules) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if a.GetResource() == "broken" || a.GetPath() == "broken" {
		return authorizer.DecisionNoOpinion, "", errors.New("the authorizer is broken")
	}
	if a.GetVerb() == "get" {
		return authorizer.DecisionAllow, "reading is allowed", nil
	}
	return authorizer.DecisionDeny, a.GetUser().GetName() + " may only read", nil
}

type requestResource struct{}

func (requestResource) GetName() string      { return "web" }
func (requestResource) GetNamespace() string { return "default" }
func (requestResource) GetResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
}
func (requestResource) GetSubresource() string { return "" }
