import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../test/support/usage-error.js';
import { chosen, readOptions } from './options.js';
import { WORKLOADS } from './workloads/workloads.js';

describe('the options of a benchmark', () => {
  it('default to five pairs of ten seconds of everything', () => {
    expect(readOptions([])).toEqual({
      workloads: [],
      systems: ['postrider', 'rawws', 'socketio', 'nest-bullmq'],
      pairs: 5,
      seconds: 10,
      warmup: 2,
      users: 1_000,
      seed: 1,
      appendfsync: 'everysec',
      processes: 1,
      list: false,
      profile: false,
      tracePercent: 0,
    });
  });

  it('default to one pair of three seconds with --quick', () => {
    expect(readOptions(['--quick'])).toMatchObject({ pairs: 1, seconds: 3 });
    expect(readOptions(['--quick', '--seconds', '5'])).toMatchObject({ pairs: 1, seconds: 5 });
  });

  it('accept several workloads and systems, with commas or one by one', () => {
    const { workloads, systems } = readOptions(['--workload=w1,w2', '--workload=w4', '--systems=rawws,postrider']);
    expect({ workloads, systems }).toEqual({ workloads: ['w1', 'w2', 'w4'], systems: ['postrider', 'rawws'] });
  });

  it.each([
    ['--pairs', '0'],
    ['--seconds', 'ten'],
    ['--warmup', '-1'],
    ['--users', '1.5'],
    ['--processes', '65'],
    ['--seed', 'random'],
    ['--trace', '101'],
    ['--systems', 'mosquitto'],
    ['--appendfsync', 'no'],
  ])('are refused by name if %s is %s', (option, value) => {
    expect(() => readOptions([`${option}=${value}`])).toThrow(UsageError);
    expect(() => readOptions([`${option}=${value}`])).toThrow(`${option} ${value}`);
  });

  it('are refused if there is no such option', () => {
    expect(() => readOptions(['--rounds', '3'])).toThrow(UsageError);
  });
});

describe('the workloads of a benchmark', () => {
  const namesOf = (...asked: string[]): string[] => chosen(WORKLOADS, asked).map(({ name }) => name);

  it('are all selected by default', () => {
    expect(chosen(WORKLOADS, [])).toEqual(WORKLOADS);
  });

  it('are selected by name or prefix', () => {
    expect(namesOf('w1-open', 'w2-1')).toEqual(['w1-open-1000', 'w1-open-4000', 'w2-1']);
  });

  it('are refused if a name matches none', () => {
    expect(() => namesOf('w9')).toThrow(UsageError);
  });
});
