package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// render writes a value so that its type can be seen: 1, 1u, 1.0, "1", b"MQ==".
func render(value ref.Val) string {
	switch v := value.(type) {
	case traits.Lister:
		return renderList(v)
	case traits.Mapper:
		return renderMap(v)
	case *types.Optional:
		if !v.HasValue() {
			return "optional.none()"
		}
		return "optional.of(" + render(v.GetValue()) + ")"
	case types.Timestamp, types.Duration:
		return fmt.Sprintf("%s(%q)", strings.TrimPrefix(strings.ToLower(v.Type().TypeName()), "google.protobuf."), v.ConvertToType(types.StringType).Value())
	case types.Double:
		return "double(" + strconv.FormatFloat(float64(v), 'g', -1, 64) + ")"
	case *types.Type:
		return "type(" + v.TypeName() + ")"
	case types.String, types.Int, types.Uint, types.Bool, types.Null, types.Bytes:
		return types.Format(value)
	case apiservercel.Quantity:
		return "quantity(" + v.Quantity.AsDec().String() + ")"
	case *apiservercel.Quantity:
		return "quantity(" + v.Quantity.AsDec().String() + ")"
	case apiservercel.Semver:
		return "semver(" + v.Version.String() + ")"
	case apiservercel.URL:
		return "url(" + v.URL.String() + ")"
	case apiservercel.IP:
		return "ip(" + v.Addr.String() + ")"
	case apiservercel.CIDR:
		return "cidr(" + v.Prefix.String() + ")"
	case apiservercel.Format:
		return "format(" + v.Name + ")"
	}
	return "a " + value.Type().TypeName()
}

func renderList(list traits.Lister) string {
	parts := []string{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		parts = append(parts, render(it.Next()))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func renderMap(m traits.Mapper) string {
	parts := []string{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		// The iterator of an object of a schema leaves holes where nothing is declared.
		if key == nil {
			continue
		}
		parts = append(parts, render(key)+": "+render(m.Get(key)))
	}
	sort.Strings(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

func errorValue(format string, args ...any) ref.Val { return types.NewErr(format, args...) }

// declTypeOf is what the composition of policies makes of a variable's type.
func declTypeOf(t *cel.Type) *apiservercel.DeclType {
	for _, known := range []*apiservercel.DeclType{apiservercel.BoolType, apiservercel.BytesType, apiservercel.DoubleType,
		apiservercel.DurationType, apiservercel.IntType, apiservercel.NullType, apiservercel.StringType, apiservercel.TimestampType,
		apiservercel.UintType} {
		if known.CelType() == t {
			return known
		}
	}
	if t.HasTrait(traits.ContainerType) && t.HasTrait(traits.IndexerType) {
		switch parameters := t.Parameters(); len(parameters) {
		case 1:
			return apiservercel.NewListType(declTypeOf(parameters[0]), -1)
		case 2:
			return apiservercel.NewMapType(declTypeOf(parameters[0]), declTypeOf(parameters[1]), -1)
		}
	}
	return apiservercel.DynType
}
