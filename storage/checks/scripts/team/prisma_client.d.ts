// What every generated client of Prisma has; models are added below it. What could be more than one thing is `any`.

type $Many<T> = T | T[];
type $Compare = { // a text has `startsWith`, too: without `length` it would be one
  length?: never;
  equals?: any; in?: any; notIn?: any; lt?: any; lte?: any; gt?: any; gte?: any; not?: any; mode?: 'default' | 'insensitive';
  contains?: any; startsWith?: any; endsWith?: any; search?: any; has?: any; hasSome?: any; hasEvery?: any; isEmpty?: any; isSet?: any;
  path?: any; string_contains?: any; string_starts_with?: any; string_ends_with?: any;
  array_contains?: any; array_starts_with?: any; array_ends_with?: any; _count?: any; _avg?: any; _sum?: any; _min?: any; _max?: any };
type $Filter<T> = T | null | $Compare;
type $ListFilter<W> = { some?: W; every?: W; none?: W };
type $OneFilter<W> = W | null | { is?: W | null; isNot?: W | null };
type $Order = 'asc' | 'desc' | { sort: 'asc' | 'desc'; nulls?: 'first' | 'last' };
type $Value<T> = T | null | { set?: T | null | any; increment?: any; decrement?: any; multiply?: any; divide?: any; push?: any; unset?: any };
type $Related = { create?: any; connect?: any; connectOrCreate?: any; createMany?: any; set?: any; disconnect?: any; delete?: any;
  update?: any; updateMany?: any; upsert?: any; deleteMany?: any };
interface $Delegate<M, Where, Unique, Data, New, Select, Include, OrderBy, Names, One, Maybe> {
  findUnique(args: $Args<Unique, Select, Include>): Maybe;
  findUniqueOrThrow(args: $Args<Unique, Select, Include>): One;
  findFirst(args?: $Search<Where, Unique, Select, Include, OrderBy, Names>): Maybe;
  findFirstOrThrow(args?: $Search<Where, Unique, Select, Include, OrderBy, Names>): One;
  findMany(args?: $Search<Where, Unique, Select, Include, OrderBy, Names>): PrismaPromise<M[]>;
  create(args: $Shape<Select, Include> & { data: New }): One;
  createMany(args?: { data: New | New[]; skipDuplicates?: boolean }): PrismaPromise<{ count: number }>;
  createManyAndReturn(args?: $Shape<Select, Include> & { data: New | New[]; skipDuplicates?: boolean }): PrismaPromise<M[]>;
  update(args: $Args<Unique, Select, Include> & { data: Data }): One;
  updateMany(args: { where?: Where; data: Data; limit?: number }): PrismaPromise<{ count: number }>;
  updateManyAndReturn(args: $Shape<Select, Include> & { where?: Where; data: Data; limit?: number }): PrismaPromise<M[]>;
  upsert(args: $Args<Unique, Select, Include> & { create: New; update: Data }): One;
  delete(args: $Args<Unique, Select, Include>): One;
  deleteMany(args?: { where?: Where; limit?: number }): PrismaPromise<{ count: number }>;
  count(args?: $Sum<Where, Unique>): PrismaPromise<any>;
  aggregate(args: $Sum<Where, Unique>): PrismaPromise<any>;
  groupBy(args: $Sum<Where, Unique> & { by: Names | Names[]; having?: any }): PrismaPromise<any>;
  findRaw(args?: any): PrismaPromise<any>;
  aggregateRaw(args?: any): PrismaPromise<any>;
  fields: any;
}
type $Shape<Select, Include> = { select?: Select | null; include?: Include | null; omit?: any; relationLoadStrategy?: 'query' | 'join' };
type $Sum<Where, Unique> = { where?: Where; orderBy?: any; cursor?: Unique; take?: number; skip?: number; select?: any;
  _count?: any; _sum?: any; _avg?: any; _min?: any; _max?: any };
type $Args<Unique, Select, Include> = $Shape<Select, Include> & { where: Unique };
type $Search<Where, Unique, Select, Include, OrderBy, Names> = $Shape<Select, Include> & {
  where?: Where; orderBy?: $Many<OrderBy>; cursor?: Unique; take?: number; skip?: number; distinct?: Names | Names[] };
export interface PrismaPromise<T> extends Promise<T> { [Symbol.toStringTag]: 'PrismaPromise' }
interface $Query<T> extends PrismaPromise<T> {}
declare class $Failure extends Error { code: string; meta?: any; clientVersion: string; errorCode?: string; retryable?: boolean }
export declare class PrismaClient<A = any, B = any, C = any> {
  constructor(options?: any);
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
  $on(event: any, callback: (event: any) => void): any;
  $use(middleware: any): void;
  $transaction<T>(work: (tx: Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$use' | '$extends'>) => Promise<T>,
    options?: { maxWait?: number; timeout?: number; isolationLevel?: any }): Promise<T>;
  $transaction<P extends readonly Promise<any>[]>(work: readonly [...P], options?: { isolationLevel?: any }):
    Promise<{ -readonly [K in keyof P]: Awaited<P[K]> }>;
  $queryRaw<T = any>(query: TemplateStringsArray | any, ...values: any[]): PrismaPromise<T>;
  $executeRaw(query: TemplateStringsArray | any, ...values: any[]): PrismaPromise<number>;
  $queryRawUnsafe<T = any>(query: string, ...values: any[]): PrismaPromise<T>;
  $executeRawUnsafe(query: string, ...values: any[]): PrismaPromise<number>;
  $queryRawTyped(query: any): PrismaPromise<any>;
  $runCommandRaw(command: any): PrismaPromise<any>;
  $extends(extension: any): any;
  $metrics: any;
  $parent: any;
}
export declare namespace Prisma {
  export type TransactionClient = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$use' | '$extends'>;
  export function validator<V = any>(...given: any[]): any;
  export class PrismaClientKnownRequestError extends $Failure { constructor(message: string, given: any) }
  export class PrismaClientUnknownRequestError extends $Failure { constructor(message: string, given: any) }
  export class PrismaClientValidationError extends $Failure { constructor(message: string, given: any) }
  export class PrismaClientInitializationError extends $Failure { constructor(message: string, version: string, code?: string) }
  export class PrismaClientRustPanicError extends $Failure { constructor(message: string, version: string) }
}
declare const all: any;
export default all;
