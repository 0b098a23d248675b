import { types } from '../types/type.ts';
import { Double, type Int } from '../values/number.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';
import { parseQuantity, Quantity, quantityType } from './quantity.ts';

const { bool, double, int, string } = types;
const two = [quantityType, quantityType];

const compared =
  (of: (order: number) => Value) =>
  (one: Value = null, other: Value = null): Result =>
    of((one as Quantity).compare(other as Quantity));

const fromInt = (value: Int): Quantity => new Quantity(BigInt(value), 0, { isSmall: true });

export const quantities: readonly FunctionDecl[] = [
  { name: 'quantity', overloads: [overload('string_to_quantity', [[string], quantityType], (text) => parseQuantity(text as string))] },
  {
    name: 'isQuantity',
    overloads: [overload('is_quantity_string', [[string], bool], (text) => parseQuantity(text as string) instanceof Quantity)],
  },
  // Declared as a function, not as a method, as in Kubernetes.
  { name: 'sign', overloads: [overload('quantity_sign', [[quantityType], int], (quantity) => (quantity as Quantity).sign)] },
  {
    name: 'isGreaterThan',
    overloads: [
      method(
        'quantity_is_greater_than',
        [two, bool],
        compared((order) => order === 1),
      ),
    ],
  },
  {
    name: 'isLessThan',
    overloads: [
      method(
        'quantity_is_less_than',
        [two, bool],
        compared((order) => order === -1),
      ),
    ],
  },
  {
    name: 'compareTo',
    overloads: [
      method(
        'quantity_compare_to',
        [two, int],
        compared((order) => order),
      ),
    ],
  },
  {
    name: 'asApproximateFloat',
    overloads: [method('quantity_get_float', [[quantityType], double], (quantity) => new Double((quantity as Quantity).toNumber()))],
  },
  {
    name: 'asInteger',
    overloads: [
      method(
        'quantity_get_int',
        [[quantityType], int],
        (quantity) => (quantity as Quantity).toInteger() ?? new CelError('cannot convert value to integer'),
      ),
    ],
  },
  {
    name: 'isInteger',
    overloads: [method('quantity_is_integer', [[quantityType], bool], (quantity) => (quantity as Quantity).toInteger() !== undefined)],
  },
  {
    name: 'add',
    overloads: [
      method('quantity_add', [two, quantityType], (one, other) => (one as Quantity).plus(other as Quantity)),
      method('quantity_add_int', [[quantityType, int], quantityType], (one, value) => (one as Quantity).plus(fromInt(value as Int))),
    ],
  },
  {
    name: 'sub',
    overloads: [
      method('quantity_sub', [two, quantityType], (one, other) => (one as Quantity).plus((other as Quantity).negated())),
      method('quantity_sub_int', [[quantityType, int], quantityType], (one, value) =>
        (one as Quantity).plus(fromInt(value as Int).negated()),
      ),
    ],
  },
];
