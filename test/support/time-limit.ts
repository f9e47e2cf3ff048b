// A test may have to wait for another process that uses the machine: jest's 5 s are for a machine of one's own.
jest.setTimeout(120_000);
