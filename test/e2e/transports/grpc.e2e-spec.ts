import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller } from '@nestjs/common';
import { GrpcMethod, GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { of } from 'rxjs';
import { AccessAudit, JwtAuthModule, Public, RequireScope } from 'nestjs-access-tokens';
import { startApp } from '../../support/app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

const PROTO = `syntax = "proto3";
package shop;
message Order { int32 id = 1; }
service Orders {
  rpc Find (Order) returns (Order);
  rpc Open (Order) returns (Order);
  rpc Above (stream Order) returns (stream Order);
  rpc Below (stream Order) returns (stream Order);
}`;

@Controller()
class Orders {
  @GrpcMethod()
  find() {
    return { id: 1 };
  }

  @GrpcMethod('Orders', 'Open')
  @Public()
  openOrder() {
    return { id: 2 };
  }

  @GrpcStreamMethod('Orders', 'Above')
  @RequireScope('a')
  above() {
    return of({ id: 3 });
  }

  @RequireScope('a')
  @GrpcStreamMethod('Orders', 'Below')
  below() {
    return of({ id: 4 });
  }
}

interface Client {
  find: Unary;
  open: Unary;
  above: Duplex;
  below: Duplex;
  close(): void;
}
type Unary = (
  order: object,
  done: (error: ServiceError | null, answer?: { id: number }) => void,
) => void;
type Duplex = () => NodeJS.ReadWriteStream;

const unary = (call: Unary): Promise<number | string> =>
  new Promise((resolve) =>
    call({}, (error, answer) => resolve(error ? error.details : answer!.id)),
  );

const duplex = (call: Duplex): Promise<unknown> =>
  new Promise((resolve) => {
    const stream = call();
    stream.on('error', (error: ServiceError) => resolve(error.details));
    stream.on('data', resolve);
    stream.end();
  });

/** Nest does not tell which port gRPC got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('methods of a gRPC service', () => {
  it('are refused unless they are @Public(), and are in the audit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grpc-'));
    const protoPath = join(folder, 'shop.proto');
    await writeFile(protoPath, PROTO);
    const logger = new MemoryLogger();
    const port = await freePort();
    const app = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: 'http://127.0.0.1:1', audience })],
      controllers: [Orders],
      configure: async (nest) => {
        nest.useLogger(logger);
        const microservice = nest.connectMicroservice({
          transport: Transport.GRPC,
          options: { package: 'shop', protoPath, url: `127.0.0.1:${port}` },
        });
        await microservice.listen();
      },
    });
    const definition = loadPackageDefinition(loadSync(protoPath)) as unknown as {
      shop: { Orders: new (address: string, with_: unknown) => Client };
    };
    const client = new definition.shop.Orders(`127.0.0.1:${port}`, credentials.createInsecure());
    const outcomes = [
      await unary(client.find.bind(client)),
      await unary(client.open.bind(client)),
      await duplex(client.above.bind(client)),
      await duplex(client.below.bind(client)),
    ];
    const { routes } = app.app.get(AccessAudit);
    client.close();
    await app.close();
    await rm(folder, { recursive: true });
    expect(outcomes).toEqual(['Forbidden resource', 2, 'Forbidden resource', 'Forbidden resource']);
    expect(
      routes.map(({ kind, method, path, access, rule }) => [kind, method, path, access, rule]),
    ).toEqual([
      ['rpc', 'GRPC', 'Orders/Find', 'required', 'any valid token'],
      ['rpc', 'GRPC', 'Orders/Open', 'public', 'public'],
      ['rpc', 'GRPC', 'Orders/Above', 'required', 'scope a'],
      ['rpc', 'GRPC', 'Orders/Below', 'required', 'scope a'],
    ]);
    expect(
      logger.lines.filter((line) => line.includes('was refused')).map((line) => line.split(' ')[2]),
    ).toEqual(['Orders.find', 'Orders.above', 'Orders.below']);
  });
});
