import { userInfo } from 'node:os';

let remembered: string | null = null;

/** Who gives this command, as the operating system says. Whoever came to be root by sudo is named too. */
export function whoIsThis(env: NodeJS.ProcessEnv = process.env): string {
  return remembered ?? name(env);
}

/** This process is about to become another user: who gives the command stays. */
export function rememberWho(): void {
  remembered ??= name(process.env);
}

function name(env: NodeJS.ProcessEnv): string {
  const user = nameOfUser();
  const before = process.getuid?.() === 0 ? env.SUDO_USER : undefined;
  return before === undefined || before === '' || before === user ? user : `${user} (${before}, by sudo)`;
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`; // one that has no name
  }
}
