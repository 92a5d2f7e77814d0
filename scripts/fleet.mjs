// Measures dfix over many services: CPU, time and the most memory, with one and two workers, cold and resumed.
//   npm run bench -- --fleet [N] [FOLDER_OF_REAL_DOCKERFILES]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dockerfilesBelow, makeFleet } from './make-fleet.mjs';

/** Runs dfix in a folder and watches it. */
async function measure(folder, args) {
  const script = 'TIMEFORMAT=\'%3R %3U %3S\'; time "$0" "$@" > /dev/null 2> /dev/null';
  const program = resolve('dist/cli/launch.cjs');
  const child = spawn('bash', ['-c', script, process.execPath, program, ...args, '--quiet'], { cwd: folder });
  const peaks = new Map();
  const watch = setInterval(() => lookAt(child.pid, peaks), 100);
  let said = '';
  child.stderr.on('data', (part) => (said += part));
  await new Promise((done) => child.on('close', done));
  clearInterval(watch);
  const [real, user, system] = said.trim().split(' ').map(Number);
  const memory = [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
  return { seconds: real, cpu: user + system, mib: Math.round(memory / 1024) };
}

/** Notes the most that a process and those that it started have held so far, in KiB. Workers are part of their process. */
function lookAt(pid, peaks) {
  try {
    const [, peak] = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    peaks.set(pid, Math.max(peaks.get(pid) ?? 0, Number(peak ?? 0)));
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' '))
      if (child !== '') lookAt(Number(child), peaks);
  } catch (error) {
    // It has ended since, or there is no /proc.
    if (!['ENOENT', 'ESRCH'].includes(error.code)) throw error;
  }
}

export async function measureFleet(count, realFolder) {
  const folder = mkdtempSync(join(tmpdir(), 'dfix-fleet-'));
  try {
    const fleet = join(folder, 'fleet');
    makeFleet(fleet, count, realFolder === undefined ? [] : dockerfilesBelow(realFolder));
    const record = join(folder, 'record');
    const runs = [
      ['two workers', ['--jobs', '2']],
      ['two workers, with --resume, cold', ['--jobs', '2', '--resume', record]],
      ['two workers, resumed', ['--jobs', '2', '--resume', record]],
      ['the record merged', ['merge', record]],
      ['one worker', ['--jobs', '1']],
    ];
    const rows = [];
    for (const [what, args] of runs) {
      const { seconds, cpu, mib } = await measure(fleet, args);
      const ratio = (cpu / (rows[0]?.['s CPU'] ?? cpu)).toFixed(2);
      rows.push({ what, 's CPU': cpu, ratio, 'ms CPU a file': (cpu * 1000) / count, s: seconds, 'MiB at most': mib });
      // The whole takes a long time.
      console.error(`${what}: ${seconds} s, ${cpu.toFixed(1)} s CPU, ${mib} MiB`);
    }
    console.log(`${count} Dockerfiles; the record has ${Math.round(statSync(record).size / 2 ** 20)} MiB`);
    console.table(rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
