/**
 * A disk of one's own: ext4 in an image, which can be filled, and copied while a writer stands still.
 * The copy has what reached the disk, and nothing of what the kernel still meant to write: what a power
 * cut leaves.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export interface DiskImage {
  /** Where it is mounted. */
  readonly at: string;
  /** Copies it to a new file. */
  copy(to: string): void;
  unmount(): void;
}

/** Undefined where it is not allowed: a container may forget to, and then nothing in it can. */
export function makeDisk(home: string, megabytes: number): DiskImage | undefined {
  const image = join(home, "image");
  const owner = `root_owner=${process.getuid?.()}:${process.getgid?.()}`;
  const isMade =
    run("truncate", "-s", `${megabytes}M`, image) &&
    // Without room that is kept for root: full is to be full for everybody.
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", owner, image);
  return isMade ? mountDisk(image, join(home, "disk")) : undefined;
}

export function mountDisk(image: string, at: string): DiskImage | undefined {
  mkdirSync(at);
  // Nothing goes to the disk by itself meanwhile: only what is synced.
  if (!runAsRoot("mount", "-o", "loop,commit=300", image, at)) return undefined;
  return {
    at,
    // Node's own copy would fill the holes of a large image that is nearly empty.
    copy(to) {
      if (!run("cp", image, to)) throw new Error(`${image} cannot be copied`);
    },
    unmount: () => void runAsRoot("umount", "--lazy", at),
  };
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

function runAsRoot(...command: [string, ...string[]]): boolean {
  return process.getuid?.() === 0 ? run(...command) : run("sudo", "-n", ...command);
}
