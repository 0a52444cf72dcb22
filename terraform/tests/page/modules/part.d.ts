export declare const part: string;
