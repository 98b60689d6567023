/// What the verifiers know. Of the key pairs only the public halves are left: nothing can be signed with them any more but
/// what is here.
enum Fixtures {
    static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    static let otherSecret = Array("0123456789abcdef0123456789abcdeg".utf8)

    static let rsaModulus = """
        q7hE9JWugne_uUXdDbRF44P2HI8hGtUqvCpyFENYcJ5PWa2mbO-EzEFbaK6rj9-xncb_pWbJpBvBUa9G7Ujn2DLBCe0JgULbC1G_\
        lgoQsZhQ63C_pxOPAsBRR151onJrRWM9-TblgPWgs5CW7uUgz1xFpQ42IRozZQo5j7I_2bleXM5_nVFa47QphNjoEzExczVKUrW3\
        cRdaSyqH7LSIem4dlHcTl69BKzUikTiH6S6TNxZFe3C7uZJPwMsdl5kSXO8HLGy9PoMsmXybUt3OrlzjiZnmDzj7HjZzPsP2vH24\
        U4TeaCq7r1RH1J0MhM2O6hLgXw89_7JOhQKDc0fCYQ
        """
    static let rsaKey = #"{"kty":"RSA","n":"\#(rsaModulus)","e":"AQAB"}"#
    static let keySet = """
        {"keys":[{"kty":"oct","kid":"h","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},
        {"kty":"RSA","kid":"r","n":"\(rsaModulus)","e":"AQAB"},
        {"kty":"EC","kid":"e","crv":"P-256","x":"uW1yCIOcyDd7MBFj9RU8Fm3Rmzotnd1SgcOEPdaA1wU",
        "y":"hMknz445A_BXxCgzIUjxrcLH865dR2GdVnEqlRBavmg"},
        {"kty":"OKP","kid":"o","crv":"Ed25519","x":"DfoXmt6vcRfioQHweflh59qxaOrD6Svuifj4pp89jXM"}]}
        """

    /// Signed before those halves were thrown away; good until the end of the year 9999.
    static let tokens = [hs256, hs256Named, rs256, es256, edDSA, bound]

    private static let hs256 = """
        eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiIsImV4cCI6MjUzNDAyMzAwNzk5fQ.GuG2B923ZErXlmT8idZobx3Nrd4f7Gx-_kcp\
        bfNT0nE
        """

    private static let hs256Named = """
        eyJhbGciOiJIUzI1NiIsImtpZCI6ImgifQ.eyJzdWIiOiI0MyIsImV4cCI6MjUzNDAyMzAwNzk5fQ.MAFS42ZCHZ-s0VdnhmXPup\
        uHAH4yuqicoPsrjAoy2wQ
        """

    private static let rs256 = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJzdWIiOiI0NCIsImV4cCI6MjUzNDAyMzAwNzk5fQ.mLm4I35Ohy0-yzoaQ8k_FB\
        Wt_8V22otz32AKmgdxPA9nulBgucDwluiUrH8D2V0uTWQGzDdz2Jh0I2b6hGDvjokf4eFi3vmqFrr126PQm5HUplQIbWVnfE3nYO\
        I9oqZZT2hOr-xJXa6s5FvD3Y-BS9bgZs6efuRFLTAH96L_HgX-sAaTRwKIIl1q0CmJjOZIiFQ_rDKPk6OZy1UqIf31QTKDYu62Z4\
        RZiRhzpk38EjxFN0fgtACLWzzp0A3U4tMOfP78nnP7vfJaDwSK0gSTsKRu_UKEy3J1clDUlg9teIuAt_MVRkQNRdYbtLWONiRWFn\
        MUvCR__VB_NxO2wZB9sw
        """

    private static let es256 = """
        eyJhbGciOiJFUzI1NiIsImtpZCI6ImUifQ.eyJzdWIiOiI0NSIsImV4cCI6MjUzNDAyMzAwNzk5fQ.d0lZ9Rql1mqkUi1-7FphfD\
        hztI9MbSTgTf_orYifpFxeimo6UXlkpEv50oohfQXVruLEOjzZOkhZC769LnzSvQ
        """

    private static let edDSA = """
        eyJhbGciOiJFZERTQSIsImtpZCI6Im8ifQ.eyJzdWIiOiI0NiIsImV4cCI6MjUzNDAyMzAwNzk5fQ.eskYKOFuK-ZVVA9oaEKK5y\
        iUDSaxbuChf6RAHRkng-CRiCJtVPxp_6-rf26AEkF4P74oHLjQ81iTYfliqeJuBA
        """

    private static let bound = """
        eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NyIsImV4cCI6MjUzNDAyMzAwNzk5LCJpc3MiOiJpIiwiYXVkIjpbImEiXX0.jA-4_H4\
        HfcBar8Rk6l6-diLVKuFP8g7fTi1vCE8lYQU
        """
}
