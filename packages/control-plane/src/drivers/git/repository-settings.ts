/** Git settings of every repository on the server. */
export const repositorySettings = ({
  hooksFolder,
  maxPushBytes,
}: {
  hooksFolder: string;
  maxPushBytes: number;
}): readonly (readonly [key: string, value: string])[] => [
  ['core.hooksPath', hooksFolder],
  // The record of who moved a branch.
  ['core.logAllRefUpdates', 'true'],
  ['http.receivepack', 'true'],
  ['receive.fsckObjects', 'true'],
  ['receive.maxInputSize', String(maxPushBytes)],
  ['receive.denyDeleteCurrent', 'refuse'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  // Git tidies up after a push when there is enough to do, and ends before the push does: no process is left behind.
  ['gc.autoDetach', 'false'],
];

/** The same by environment: it wins over the file, so that a repository made under older settings has today's. */
export function settingsAsEnvironment(settings: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const entries = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(entries) };
}
