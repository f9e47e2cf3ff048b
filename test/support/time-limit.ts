// A test with real processes and disks may wait for another one that uses the machine: jest's 5 s are for pure code.
jest.setTimeout(120_000);
