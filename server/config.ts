/**
 * The settings, read once. This is the only file that looks at the environment; `.env.example` lists
 * the same variables with the same defaults, and a test holds the two together.
 */
import { exists, readText } from "./store/peek.ts";

export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Undefined: the repository's board, see `git/worktree.ts`. */
  readonly dir: string | undefined;
  readonly logLevel: LogLevel;
  readonly leaseTtlSeconds: number;
  readonly agentOfflineAfterSeconds: number;
  /** 0: no limit. */
  readonly rateLimitPerSecond: number;
  readonly maxStreams: number;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting that cannot be used, as a sentence for the person who started the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface Variable {
  readonly name: string;
  readonly fallback: string;
  /** One line for `.env.example`. */
  readonly about: string;
}

const HOST = variable(
  "HOST",
  "127.0.0.1",
  "Address to listen on; without authentication only a loopback address.",
);
const PORT = variable("PORT", "8000", "Port to listen on; 0 picks a free one and prints it.");
const KYROS_DIR = variable(
  "KYROS_DIR",
  "",
  "The folder that holds the board; empty: ./collaboration, or the one of this repository's main worktree.",
);
const LOG_LEVEL = variable("LOG_LEVEL", "info", `How much is logged: ${LOG_LEVELS.join(", ")}.`);
const LEASE_TTL_SECONDS = variable(
  "LEASE_TTL_SECONDS",
  "300",
  "How long a lease lasts without a heartbeat, unless the caller says: 1 to 86400.",
);
const AGENT_OFFLINE_AFTER = variable(
  "AGENT_OFFLINE_AFTER",
  "90",
  "Seconds without a sign of life after which an agent counts as offline.",
);
const RATE_LIMIT_PER_SECOND = variable(
  "RATE_LIMIT_PER_SECOND",
  "0",
  "Requests a second allowed to each caller; 0 means no limit.",
);
const MAX_STREAMS = variable(
  "MAX_STREAMS",
  "2000",
  "How many event streams may be open at the same time.",
);

const KYROS_URL = variable(
  "KYROS_URL",
  "",
  "For the kyros command: the server to talk to, instead of the one that serves KYROS_DIR.",
);
const KYROS_ACTOR = variable(
  "KYROS_ACTOR",
  "",
  "For the kyros command: the name to act under; without one, a person acts.",
);

export const VARIABLES: readonly Variable[] = [
  HOST,
  PORT,
  KYROS_DIR,
  LOG_LEVEL,
  LEASE_TTL_SECONDS,
  AGENT_OFFLINE_AFTER,
  RATE_LIMIT_PER_SECOND,
  MAX_STREAMS,
  KYROS_URL,
  KYROS_ACTOR,
];

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError naming the variable, what it holds and what it may hold. */
export function readConfig(env: Environment = environment()): Config {
  const config: Config = {
    host: read(env, HOST),
    port: wholeNumber(env, PORT, 0, 65_535),
    dir: given(env, KYROS_DIR),
    logLevel: oneOf(env, LOG_LEVEL, LOG_LEVELS),
    leaseTtlSeconds: wholeNumber(env, LEASE_TTL_SECONDS, 1, 86_400),
    agentOfflineAfterSeconds: wholeNumber(env, AGENT_OFFLINE_AFTER, 1, 86_400),
    rateLimitPerSecond: wholeNumber(env, RATE_LIMIT_PER_SECOND, 0, 1_000_000),
    maxStreams: wholeNumber(env, MAX_STREAMS, 1, 100_000),
  };
  if (!isLoopback(config.host)) throw new ConfigError(beyondLoopback(config.host));
  return config;
}

/** What a command needs to know before it talks to anybody. */
export interface CommandSettings {
  readonly dir: string | undefined;
  readonly url: string | undefined;
  readonly actor: string | undefined;
}

export function readCommandSettings(env: Environment = process.env): CommandSettings {
  return {
    dir: given(env, KYROS_DIR),
    url: given(env, KYROS_URL),
    actor: given(env, KYROS_ACTOR),
  };
}

/** Where programs are found: all of its environment that a worker passes on to what it runs. */
export function readExecutablePath(env: Environment = process.env): string {
  return env["PATH"] ?? "";
}

/** What a command that is run from here finds in its environment. */
export function environmentWith(more: Readonly<Record<string, string>>): Environment {
  return { ...process.env, ...more };
}

/** Whether a name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    name === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/**
 * With what stands in `.env` where the server is started, unless it is set already. Only our own
 * variables are taken, and none gets into the process's environment: a `.env` that comes with a
 * repository could name a library that every program started from here would load.
 */
function environment(): Environment {
  const text = readText(".env");
  if (text === undefined && exists(".env")) throw new ConfigError(".env cannot be read.");
  // An import of `node:util` would fill in all of its exports: start-up counts.
  const { parseEnv } = process.getBuiltinModule("node:util");
  const file = parseEnv(text ?? "");
  const ours = VARIABLES.map(({ name }) => [name, process.env[name] ?? file[name]] as const);
  return Object.fromEntries(ours);
}

function beyondLoopback(host: string): string {
  return (
    `HOST=${host} would let other machines in, and nobody would be asked who they are. ` +
    `Without authentication the server listens on loopback addresses only: leave HOST out, or set it to 127.0.0.1.`
  );
}

function variable(name: string, fallback: string, about: string): Variable {
  return { name, fallback, about };
}

function read(env: Environment, from: Variable): string {
  return given(env, from) ?? from.fallback;
}

/** An empty value counts as not set: that is what `PORT=` in a file or a compose file means. */
function given(env: Environment, { name }: Variable): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function wholeNumber(env: Environment, from: Variable, min: number, max: number): number {
  const text = read(env, from);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigError(`${from.name}=${text} is not a whole number from ${min} to ${max}.`);
}

function oneOf<T extends string>(env: Environment, from: Variable, allowed: readonly T[]): T {
  const text = read(env, from).toLowerCase();
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new ConfigError(`${from.name}=${text} is not one of ${allowed.join(", ")}.`);
}
