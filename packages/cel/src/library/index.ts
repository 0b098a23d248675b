/**
 * The functions of the language as Kubernetes 1.36 offers them: cel-go's standard library, its extensions for text, lists, sets,
 * optionals and macros of two variables, and Kubernetes' own. Each file declares the ways to call its functions beside what they do.
 * What a call costs is not here but in `evaluate` (what it did cost) and `cost` (what it may).
 */
import { authorizerFunctions } from './authorizer.ts';
import { conversions } from './conversions.ts';
import { formatFunctions } from './formats.ts';
import { type FunctionTable, joinLibraries } from './function.ts';
import { lists } from './lists.ts';
import { maps } from './maps.ts';
import { moreLists } from './more-lists.ts';
import { networks } from './networks.ts';
import { operators } from './operators.ts';
import { optionals } from './optionals.ts';
import { quantities } from './quantities.ts';
import { semvers } from './semver.ts';
import { sets } from './sets.ts';
import { strings } from './strings.ts';
import { searchFunctions, texts } from './texts.ts';
import { times } from './times.ts';
import { urls } from './urls.ts';

// In the order in which Kubernetes adds them: overloads of one function are tried in it.
export const allFunctions: FunctionTable = joinLibraries(
  ...[operators, conversions, texts, times],
  ...[urls, searchFunctions, lists, authorizerFunctions, optionals, quantities, strings, sets],
  ...[networks, formatFunctions, maps, semvers, moreLists],
);
