/** Replaces `$(NAME)` by known variables, as Kubernetes does: unknown ones stay, `$$(NAME)` is `$(NAME)`. */
export const expandReferences = (text: string, known: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([A-Za-z_.-][\w.-]*)\)/g, (whole, name: string | undefined) => {
    if (whole === '$$') return '$';
    return name !== undefined && Object.hasOwn(known, name) ? (known[name] ?? whole) : whole;
  });
