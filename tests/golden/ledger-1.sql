-- A ledger of schema version 1, as the code of that time wrote it.
CREATE TABLE prompts (
    digest BLOB PRIMARY KEY,
    messages BLOB NOT NULL            -- JSON, zlib
) STRICT;
INSERT INTO "prompts" VALUES(X'D98167DD28F22E330824942BA4D4CE217C2411A0D1141D60B40FE4CB8DC0D232',X'789C8BAE562ACACF4955B252502A2D4E2D52D251504ACECF2B49CD2B010965A4E6E4E42BD5C60200EC390C41');
INSERT INTO "prompts" VALUES(X'37F291EECB34E882DB1931DCCC0EEE2D99ABA3D3E84DEA60B5011E059309B098',X'789C8BAE562ACACF4955B252502AAE2C2E49CD55D251504ACECF2B49CD2B010B2AD5EA2820D49416A716A1A9C82FC9008AD5C602006BE41768');
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,         -- Request.key
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    template TEXT NOT NULL,
    template_digest TEXT NOT NULL,
    prompt BLOB NOT NULL REFERENCES prompts (digest),
    sample INTEGER NOT NULL,
    asked TEXT NOT NULL,              -- the model that was asked
    decoding TEXT NOT NULL,           -- JSON
    failed INTEGER NOT NULL,          -- 1: the endpoint gave nothing, the next run asks again
    finish_reason TEXT NOT NULL,
    model TEXT NOT NULL,              -- the model that answered, in its own words
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    error TEXT NOT NULL,
    text BLOB NOT NULL                -- zlib. Last, so that counting reads nothing of it
) STRICT;
INSERT INTO "replies" VALUES(1,X'BBEAF18339F299EC7CC86BA5B6430BB4E06A8CCBA86C6D170450816C94C50305','solution','0:1','solution','d',X'D98167DD28F22E330824942BA4D4CE217C2411A0D1141D60B40FE4CB8DC0D232',0,'m','{"extra_body": "{}", "max_tokens": null, "min_p": null, "temperature": null, "top_k": null, "top_p": null}',0,'stop','answering',3,5,'',X'789C2B4A2DC8A9543000000B3E027D');
INSERT INTO "replies" VALUES(2,X'99ED7AFDC604D91280B9D85D5CA006D6B224690D2A824994AA1EC4954D61CBDB','solution','0:1','solution','d',X'D98167DD28F22E330824942BA4D4CE217C2411A0D1141D60B40FE4CB8DC0D232',1,'m','{"extra_body": "{}", "max_tokens": null, "min_p": null, "temperature": null, "top_k": null, "top_p": null}',1,'','m',NULL,NULL,'gone',X'789C030000000001');
INSERT INTO "replies" VALUES(3,X'333E67DD33DFD34C3E824FF1C1E9485BB01007E43465C6B9AD4CC8A16128551A','solution','0:1','solution','d',X'D98167DD28F22E330824942BA4D4CE217C2411A0D1141D60B40FE4CB8DC0D232',2,'m','{"extra_body": "{}", "max_tokens": null, "min_p": null, "temperature": null, "top_k": null, "top_p": null}',0,'length','answering',NULL,NULL,'cut short',X'789CB329C9C8CCCBB63BBCE751C30A0022770622');
INSERT INTO "replies" VALUES(4,X'AC51F85DD48545B1E8AE3163FA51F6F700CCBBAC3111B06958FA44F9FDFCF332','roles','0:2','roles','e',X'37F291EECB34E882DB1931DCCC0EEE2D99ABA3D3E84DEA60B5011E059309B098',0,'n','{"extra_body": "{\"a\":1}", "max_tokens": 100, "min_p": 0.0, "temperature": 0.6, "top_k": 20, "top_p": 0.95}',0,'stop','n',7,11,'',X'789C2B020000730073');
PRAGMA application_id = 1398362957;
PRAGMA user_version = 1;
